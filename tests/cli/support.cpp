#include "tests/cli/support.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <chrono>
#include <cmath>
#include <fstream>
#include <opencv2/imgcodecs.hpp>
#include <thread>

#include "base/error.h"
#include "base/files.h"

extern char** environ;

namespace bfr::testing {
namespace fs = std::filesystem;

namespace {

const std::vector<std::string> kNoModels = {"BFR_WEIGHTS=", "XDG_CACHE_HOME=/dev/null"};

int decoded(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

}  // namespace

const std::vector<std::string> kUnits = {"--method", "degraded", "--method", "opencv-bilateral:d=5",
                                         "--metric", "psnr",     "--metric", "ssim",
                                         "--task",   "size"};

std::vector<std::string> operator+(std::vector<std::string> a, const std::vector<std::string>& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

Ran bfr(const std::vector<std::string>& words) {
    return testing::run(std::vector<std::string>{program().string()} + words, kNoModels);
}

Ran shell(const std::string& line) { return testing::run({"sh", "-c", line, program().string()}, kNoModels); }

void write_picture(const fs::path& file, const std::string& name, int side, float noise) {
    const auto values = hash_fill(name, static_cast<size_t>(side) * side * 3, -noise, noise);
    cv::Mat bgr(side, side, CV_8UC3);
    for (int y = 0; y < side; y++) {
        for (int x = 0; x < side; x++) {
            for (int c = 0; c < 3; c++) {
                const double clean = 90.0 + 30.0 * c + 40.0 * std::sin(0.07 * x * (c + 1)) * std::cos(0.05 * y);
                bgr.at<cv::Vec3b>(y, x)[c] =
                    cv::saturate_cast<uchar>(clean + values[(static_cast<size_t>(y) * side + x) * 3 + c]);
            }
        }
    }
    // Encoded in memory: imwrite is of two minds about unusual names.
    std::vector<uchar> bytes;
    BFR_CHECK(cv::imencode(".png", bgr, bytes), "no PNG of {}", name);
    write_file(file, bytes);
}

Pairs::Pairs(const fs::path& root, const std::vector<std::string>& names, int side)
    : degraded(root / "degraded"), reference(root / "reference") {
    for (const auto& name : names) {
        write_picture(reference / (name + ".png"), name, side, 4);
        write_picture(degraded / (name + ".png"), name, side, 30);
    }
}

std::vector<std::string> Pairs::run(const fs::path& out, const std::vector<std::string>& more) const {
    return std::vector<std::string>{"run", "--degraded", degraded, "--reference", reference, "--out", out} + more;
}

std::vector<std::string> numbered_names(int count) {
    std::vector<std::string> names;
    for (int i = 0; i < count; i++) names.push_back(fmt::format("p{:02}", i));
    return names;
}

Json without_context(Json report) {
    report.erase("context");
    report.erase("timing");
    return report;
}

Json report_of(const fs::path& out) { return read_json(out / "report.json"); }

std::vector<Json> json_lines(const fs::path& file) {
    std::vector<Json> lines;
    std::ifstream stream(file);
    for (std::string line; std::getline(stream, line);) lines.push_back(Json::parse(line));
    return lines;
}

size_t line_count(const fs::path& file) {
    std::ifstream stream(file);
    return static_cast<size_t>(std::count(std::istreambuf_iterator<char>(stream), {}, '\n'));
}

Started::Started(const std::vector<std::string>& words) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    for (const int fd : {0, 1, 2}) posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
    const std::string path = program();
    std::vector<char*> arguments = {const_cast<char*>(path.c_str())};
    for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const int code = ::posix_spawn(&pid_, path.c_str(), &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    BFR_CHECK(code == 0, "{} can't be started", path);
}

Started::~Started() {
    if (status_ < 0) ::kill(pid_, SIGKILL);
    wait();
}

void Started::signal(int number) const {
    if (status_ < 0) ::kill(pid_, number);
}

int Started::wait() {
    if (status_ < 0) ::waitpid(pid_, &status_, 0);
    return decoded(status_);
}

bool Started::wait_until(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (std::chrono::steady_clock::now() < end) {
        if (condition()) return true;
        int status = 0;
        if (::waitpid(pid_, &status, WNOHANG) == pid_) {
            status_ = status;
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return false;
}

}  // namespace bfr::testing

#include "tests/support/support.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>

#include "base/error.h"
#include "base/files.h"

extern char** environ;

namespace bfr::testing {
namespace fs = std::filesystem;

fs::path source_dir() { return BFR_SOURCE_DIR; }
fs::path program() { return fs::path(BFR_BINARY_DIR) / "bfr"; }
fs::path data_dir() { return source_dir() / "tests" / "data"; }

std::optional<fs::path> shared_dir() {
    const fs::path shared = source_dir().parent_path() / "shared";
    if (!fs::is_directory(shared)) return std::nullopt;
    return shared;
}

std::optional<fs::path> given_goldens() {
    const char* folder = std::getenv("BFR_GOLDENS");
    return folder && *folder ? std::optional<fs::path>(folder) : std::nullopt;
}

std::optional<fs::path> goldens(const std::string& part, const std::string& file) {
    if (const auto given = given_goldens()) {
        if (fs::is_directory(*given / part) && fs::exists(*given / part / file)) return *given / part;
        return std::nullopt;
    }
    if (const auto shared = shared_dir(); shared && fs::is_directory(*shared / "goldens" / part))
        return *shared / "goldens" / part;
    const fs::path copy = data_dir() / "goldens" / part;
    if (fs::exists(copy / file)) return copy;
    return std::nullopt;
}

std::vector<float> hash_fill(std::string_view name, size_t count, float lo, float hi) {
    uint64_t seed = 0xCBF29CE484222325;
    for (const char c : name) seed = (seed ^ static_cast<unsigned char>(c)) * 0x100000001B3;
    std::vector<float> values(count);
    for (size_t i = 0; i < count; i++) {
        uint64_t z = seed + (i + 1) * 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        z ^= z >> 31;
        const float unit = static_cast<float>(static_cast<double>(z >> 40) * 0x1p-24);
        values[i] = lo + (hi - lo) * unit;
    }
    return values;
}

Json read_json(const fs::path& path) { return Json::parse(read_text(path)); }

Scratch::Scratch() {
    std::string name = (fs::temp_directory_path() / "bfr-test-XXXXXX").string();
    BFR_CHECK(::mkdtemp(name.data()) != nullptr, "no scratch folder can be made");
    path_ = name;
}

Scratch::~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

Ran run(const std::vector<std::string>& argv, const std::vector<std::string>& extra_environment) {
    int out[2], err[2];
    BFR_CHECK(::pipe2(out, O_CLOEXEC) == 0 && ::pipe2(err, O_CLOEXEC) == 0, "no pipe");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    posix_spawn_file_actions_adddup2(&actions, err[1], 2);
    std::vector<char*> arguments, environment;
    for (const auto& text : argv) arguments.push_back(const_cast<char*>(text.c_str()));
    for (const auto& text : extra_environment) environment.push_back(const_cast<char*>(text.c_str()));
    for (char** e = environ; *e; e++) environment.push_back(*e);
    arguments.push_back(nullptr);
    environment.push_back(nullptr);
    pid_t child = 0;
    const int code = ::posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environment.data());
    posix_spawn_file_actions_destroy(&actions);
    ::close(out[1]);
    ::close(err[1]);
    BFR_CHECK(code == 0, "{} can't be started", argv[0]);
    Ran ran{};
    pollfd fds[2] = {{out[0], POLLIN, 0}, {err[0], POLLIN, 0}};
    for (int open = 2; open > 0;) {
        ::poll(fds, 2, -1);
        for (int k = 0; k < 2; k++) {
            if (fds[k].fd < 0 || fds[k].revents == 0) continue;
            char block[65536];
            const ssize_t n = ::read(fds[k].fd, block, sizeof block);
            if (n > 0) {
                (k == 0 ? ran.out : ran.err).append(block, static_cast<size_t>(n));
            } else {
                ::close(fds[k].fd);
                fds[k].fd = -1;
                open--;
            }
        }
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return ran;
}

}  // namespace bfr::testing

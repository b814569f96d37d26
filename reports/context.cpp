#include "reports/context.h"

#include <ATen/Version.h>
#include <dlib/revision.h>
#include <torch/version.h>

#include <chrono>
#include <ctime>
#include <fstream>
#include <opencv2/core/utility.hpp>
#include <thread>

#include "base/error.h"
#include "reports/threads.h"

namespace bfr {

std::string program_version() { return BFR_VERSION; }

Json library_versions() {
    Json versions = {{"libtorch", TORCH_VERSION},
                     {"opencv", cv::getVersionString()},
                     {"dlib", fmt::format("{}.{}.{}", DLIB_MAJOR_VERSION, DLIB_MINOR_VERSION, DLIB_PATCH_VERSION)}};
    const std::string blas = blas_name(), openblas = "OpenBLAS ";
    if (blas.starts_with(openblas)) {
        versions["openblas"] = blas.substr(openblas.size(), blas.find(' ', openblas.size()) - openblas.size());
    }
    return versions;
}

std::string cpu_model() {
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);) {
        if (!line.starts_with("model name") && !line.starts_with("Model")) continue;
        const auto start = line.find_first_not_of(" \t", line.find(':') + 1);
        if (line.find(':') != std::string::npos && start != std::string::npos) return line.substr(start);
    }
    return "unknown";
}

std::string instruction_set() {
    // LibTorch tells it in no other exported place.
    const std::string config = at::show_config(), key = "CPU capability usage: ";
    const auto start = config.find(key);
    if (start == std::string::npos) return "unknown";
    const auto end = config.find('\n', start);
    return config.substr(start + key.size(), end == std::string::npos ? end : end - start - key.size());
}

std::string utc_now() {
    const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text;
}

Json make_context(const RunConfig& config, const std::vector<std::string>& command_line) {
    return {{"program", {{"name", "bfr"}, {"version", program_version()}, {"commit", program_commit()}}},
            {"libraries", library_versions()},
            {"cpu",
             {{"model", cpu_model()},
              {"instruction_set", instruction_set()},
              {"cores", std::thread::hardware_concurrency()}}},
            {"blas", blas_name()},
            {"threads", {{"jobs", resolve_jobs(config.jobs)}, {"per_job", config.threads}}},
            {"command", command_line},
            {"config", to_json(config)},
            {"started", utc_now()},
            {"finished", nullptr},
            {"resumed", 0}};
}

}  // namespace bfr

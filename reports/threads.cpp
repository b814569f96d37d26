#include "reports/threads.h"

#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <fmt/format.h>
#include <malloc.h>

#include <atomic>
#include <filesystem>
#include <opencv2/core/utility.hpp>
#include <thread>

#include "base/error.h"

namespace bfr {
namespace {

std::atomic<int> g_threads_per_job{1};

// Pictures' planes are megabytes, which glibc asks of the kernel anew each time; faulting their pages in was half the
// time of an SSIM (11.5 ms against 5.9). Kept, they serve the next picture.
void keep_freed_memory() {
#ifdef __GLIBC__
    constexpr int kLargest = 1 << 30, kPad = 1 << 26;
    ::mallopt(M_MMAP_THRESHOLD, kLargest);
    ::mallopt(M_TRIM_THRESHOLD, kLargest);
    ::mallopt(M_TOP_PAD, kPad);
#endif
}

// OpenBLAS is asked through the loader, so that the program runs with whatever BLAS the system has.
template <class Function>
Function* loaded(const char* name, void* library = RTLD_DEFAULT) {
    return reinterpret_cast<Function*>(::dlsym(library, name));
}

// The file that gives LibTorch its sgemm_: the first one in the loader's order.
std::string blas_file() {
    Dl_info info{};
    void* const sgemm = ::dlsym(RTLD_DEFAULT, "sgemm_");
    return sgemm && ::dladdr(sgemm, &info) && info.dli_fname ? info.dli_fname : "";
}

// Whether that file, or a library that it stands on, has `symbol`. (Debian's libblas.so.3 of OpenBLAS is a thin layer.)
template <class Function>
Function* in_blas(const char* symbol) {
    const std::string file = blas_file();
    void* const library = file.empty() ? nullptr : ::dlopen(file.c_str(), RTLD_LAZY | RTLD_NOLOAD);
    if (!library) return nullptr;
    auto* const found = loaded<Function>(symbol, library);
    ::dlclose(library);  // only takes back the count that dlopen added
    return found;
}

}  // namespace

int resolve_jobs(int jobs) {
    if (jobs < 0 || jobs > 1024)
        throw UsageError(fmt::format("--jobs must be from 0 (as many as cores) to 1024, not {}", jobs));
    return jobs > 0 ? jobs : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

void set_up_process_threads(int jobs, int threads) {
    if (threads < 1 || threads > 1024)
        throw UsageError(fmt::format("--threads must be from 1 to 1024, not {}", threads));
    g_threads_per_job = threads;
    keep_freed_memory();
    cv::setNumThreads(jobs > 1 ? 1 : threads);
    if (auto* const set = loaded<void(int)>("openblas_set_num_threads")) set(threads);
    set_up_worker_threads(threads);
}

void set_up_worker_threads(int threads) { at::set_num_threads(threads); }

int threads_per_job() { return g_threads_per_job; }

std::string blas_name() {
    if (auto* const config = in_blas<char*()>("openblas_get_config")) {
        auto* const core = in_blas<char*()>("openblas_get_corename");
        auto* const parallel = in_blas<int()>("openblas_get_parallel");
        const char* const kinds[] = {"sequential", "pthread", "OpenMP"};
        const int kind = parallel ? parallel() : -1;
        // "OpenBLAS 0.3.21 NO_LAPACK DYNAMIC_ARCH ...": the first two words name it.
        const std::string text = config();
        const auto end = text.find(' ', text.find(' ') + 1);
        return fmt::format("{} ({}, {})", text.substr(0, end), core ? core() : "unknown core",
                           kind >= 0 && kind < 3 ? kinds[kind] : "unknown threads");
    }
    const std::string file = blas_file();
    if (in_blas<void()>("mkl_get_max_threads")) return "MKL";
    if (in_blas<void()>("bli_info_get_version_str")) return "BLIS";
    return file.empty() ? "LibTorch's own" : std::filesystem::path(file).filename().string();
}

std::optional<std::string> blas_warning() {
    const std::string name = blas_name();
    if (!name.starts_with("libblas.so")) return std::nullopt;
    return fmt::format(
        "LibTorch's matrix products go to the reference BLAS ({}), some 30 times slower than OpenBLAS: install it with "
        "'apt-get install libopenblas0-pthread'",
        blas_file());
}

}  // namespace bfr

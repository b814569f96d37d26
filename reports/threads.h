// The one place that decides how many threads LibTorch, OpenBLAS and OpenCV use.
#pragma once

#include <optional>
#include <string>

namespace bfr {

// 0 becomes the number of cores that this process may use; others stay. UsageError below 0 or above 1,024.
int resolve_jobs(int jobs);

// For throughput one sample a job and one thread in it: `jobs` workers with `threads` LibTorch threads each. OpenBLAS
// and OpenCV have a number for the whole process: `threads` too, so that sums split alike whatever `jobs` is.
void set_up_process_threads(int jobs, int threads);
// LibTorch's number belongs to the calling thread (OpenMP): every thread that computes calls this once.
void set_up_worker_threads(int threads);
// What set_up_process_threads was given for a job; 1 before.
int threads_per_job();

// The BLAS that LibTorch's matrix products go to: "OpenBLAS 0.3.21 (SkylakeX, pthread)", or the library's file name.
std::string blas_name();
// Where it is not a fast one: what that costs, and what to install.
std::optional<std::string> blas_warning();

}  // namespace bfr

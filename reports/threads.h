// The one place that decides how many threads LibTorch, OpenBLAS and OpenCV use, and what the process does with freed
// memory.
#pragma once

#include <optional>
#include <string>

namespace bfr {

// 0 becomes the number of cores that this process may use; others stay. UsageError below 0 or above 1,024.
int resolve_jobs(int jobs);

// Once, before anything is computed. For throughput a run has one sample a job and one LibTorch thread in it; for the
// latency of one picture one job and more threads. OpenBLAS has one number for the whole process: `threads`, not that
// times the jobs, so that its sums split alike however many jobs there are. OpenCV's own threads help one job only.
// UsageError for a number that isn't in 1 .. 1,024.
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

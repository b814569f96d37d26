// The Kernel Inception Distance (Binkowski et al., arXiv 1801.01401): the unbiased estimate of the squared maximum mean
// discrepancy under the kernel (x.y / size + 1)^3. Sources: toshas/torch-fidelity 0.4, metric_kid.py;
// GaParmar/clean-fid 0.1.35, fid.py kernel_distance (the same value).
#pragma once

#include <cstdint>
#include <vector>

#include "metrics/sets/rows.h"

namespace bfr {

struct Subset {
    std::vector<int64_t> restored, reference;  // numbers of rows, as many of each
};

// As torch-fidelity draws them: numpy's RandomState(seed), for each subset choice() without replacement for its input
// 1, here the restored pictures, then for its input 2.
std::vector<Subset> numpy_subsets(uint32_t seed, int64_t restored, int64_t reference, int64_t size, int64_t count);

struct KernelDistance {
    double mean = 0, deviation = 0;  // over the subsets; divided by their number
    std::vector<double> of_subsets;
};

// May be slightly negative. Memory: up to 512 MiB of kernel values where that holds all of them, else a subset's.
// Throws Stopped between two subsets once `stop` is set.
KernelDistance kernel_distance(const Rows& restored, const Rows& reference, const std::vector<Subset>& subsets,
                               const std::atomic<bool>* stop = nullptr);

// Of all rows of both; at least two of each.
double kernel_distance(const Rows& restored, const Rows& reference);

}  // namespace bfr

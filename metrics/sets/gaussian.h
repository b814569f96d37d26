// Mean and covariance of a set's features, and the Frechet distance of two such (Heusel et al., arXiv 1706.08500).
#pragma once

#include <ATen/core/Tensor.h>

#include "metrics/sets/rows.h"

namespace bfr {

// Divided by n - 1. Of few rows the centred rows themselves are kept: no matrix of size x size is ever made then.
struct Gaussian {
    int64_t n = 0;
    at::Tensor mean;        // (size), double
    at::Tensor rows;        // (n, size): (rows - mean) / sqrt(n - 1), where n <= size; else undefined
    at::Tensor covariance;  // (size, size), where there are no rows

    int64_t size() const { return mean.size(0); }
    double trace() const;
    at::Tensor covariance_matrix() const;
    // What the number of rows leaves of it; features that depend on each other lower it further.
    int64_t largest_rank() const;
};

enum class MeanPrecision {
    kDouble,
    // float32 sums in the order of the rows, as numpy's mean over the rows of a float32 matrix: BasicSR's and
    // torch-fidelity's scripts. The covariance is in double there too.
    kSingle,
};

// Throws Error for fewer than two rows. Memory: a block of rows, and rows or covariance.
Gaussian gaussian_of(const Rows& rows, MeanPrecision precision = MeanPrecision::kDouble);

struct FrechetDistance {
    double value = 0;   // mean + traces: never below 0 by more than rounding
    double mean = 0;    // |mean_a - mean_b|^2
    double traces = 0;  // tr(A) + tr(B) - 2 tr (A B)^(1/2)
};

// The trace term is the sum of the singular values of F G', where A = F'F and B = G'G: of few rows by the rows
// themselves, of many by Cholesky's factor. Where a covariance is singular and its rows aren't known, it is the sum of
// the roots of F B F''s eigenvalues (less exact by about 1e-8 of the traces). No square root of a matrix is taken and
// nothing is added to a diagonal.
FrechetDistance frechet_distance(const Gaussian& a, const Gaussian& b);

}  // namespace bfr

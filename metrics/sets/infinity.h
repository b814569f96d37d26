// FID without the bias of its sample size: a line through the distances of ever larger subsets over 1 / n, read off at
// 0 (Chong and Forsyth, arXiv 1911.07023; source: mchong6/FID_IS_infinity, score_infinity.py).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace bfr {

struct SizedDistance {
    int64_t n = 0;
    double distance = 0;
};

struct InfinityLine {
    double slope = 0, intercept = 0;  // least squares of distance = intercept + slope / n
    double residual = 0;              // the largest distance from the line
};
InfinityLine infinity_line(std::span<const SizedDistance> points);  // at least two different n

// `count` sizes evenly spaced from `first` to `last`, cut to whole numbers.
std::vector<int64_t> even_sizes(int64_t first, int64_t last, int64_t count);

}  // namespace bfr

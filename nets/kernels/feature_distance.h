// What is said of two pictures by their features: sums over the pixels of channels-last memory, (pixels, channels).
// Compiled without fused multiply-adds: equal features give exactly 0, and swapped ones the same bits.
#pragma once

#include <cstdint>

namespace bfr::nets {

// Sum over the pixels of sum_c weights[c] (a_c / (|a| + 1e-10) - b_c / (|b| + 1e-10))^2, |.| over a pixel's channels.
// weights: a whole number of Lanes, zeros after the last.
double normalised_distance(const float* a, const float* b, int64_t pixels, int64_t channels, const float* weights);

// Sums of a channel over pixels.
struct Moments {
    double a, b, aa, bb, ab;
};
// Adds the pixels' to moments[0 .. channels).
void add_moments(const float* a, const float* b, int64_t pixels, int64_t channels, Moments* moments);

}  // namespace bfr::nets

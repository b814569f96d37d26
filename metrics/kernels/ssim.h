// Structural similarity of two planes: Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment: from error
// visibility to structural similarity", IEEE TIP 13 (2004). Values in 0..255, C1 = (0.01 x 255)^2, C2 = (0.03 x 255)^2,
// arithmetic in double.
#pragma once

#include <array>
#include <vector>

#include "metrics/kernels/plane.h"

namespace bfr {

// A separable symmetric window of 2 * radius + 1 pixels.
struct SsimWindow {
    int radius = 5;                   // 5 or 3
    std::array<double, 6> weights{};  // [0] the centre's, then outwards; those beyond the radius are not read
    double covariance_scale = 1;      // of variances and covariance

    int size() const { return 2 * radius + 1; }

    // 11 pixels, sigma 1.5, sums to 1: BasicSR, torchmetrics, scikit-image with gaussian_weights.
    static SsimWindow gaussian();
    // That window as pyiqa has it, 11x11 values rounded to single precision, whose sum is not quite 1: the separable
    // window of that sum.
    static SsimWindow gaussian_of_single_sum();
    // Its 11 values in single precision arithmetic, as pytorch-msssim makes them.
    static SsimWindow gaussian_single();
    // scikit-image's default: 7 equal values, sample covariance (49 / 48).
    static SsimWindow uniform();
};

// Windowed means of a plane at the places where the window lies within it.
struct LocalMeans {
    int width = 0, height = 0;
    std::vector<double> values;
};
LocalMeans local_means(const Plane& plane, const SsimWindow& window);

enum class SsimTerm {
    kFull,               // luminance x contrast-structure
    kContrastStructure,  // (2 cov + C2) / (var_a + var_b + C2)
};

// Mean of the term over the places where the window lies within the planes. `b_means` is local_means(b, window): it's
// the share that depends on one picture alone. `cut_negative`: places of negative contrast-structure count as 0. Both
// sides must reach the window's size, and the planes must be of one size.
double mean_similarity(const Plane& a, const Plane& b, const LocalMeans& b_means, const SsimWindow& window,
                       SsimTerm term, bool cut_negative);

}  // namespace bfr

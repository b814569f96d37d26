// Features of natural scenes: Mittal, Soundararajan and Bovik, "Making a 'completely blind' image quality analyzer",
// IEEE Signal Processing Letters 20 (2013), in the steps of the tools that papers used.
#pragma once

#include <array>
#include <vector>

#include "metrics/kernels/plane.h"

namespace bfr {

inline constexpr int kNiqeBlock = 96;  // pixels a side, without overlap; 48 at the second scale
inline constexpr int kNiqeFeatures = 36;

// Of one block: 18 at each scale. Not a number where the block has no coefficient of one sign, as a flat one.
using NiqeFeatures = std::array<double, kNiqeFeatures>;

struct NiqeArithmetic {
    std::array<double, 4> window{};  // 7 pixels, sigma 7/6: [0] the centre's weight, then outwards
    bool single = false;             // every map is rounded to single precision
    double variance_floor = 0;       // added to a variance before its root

    // BasicSR: maps in single precision, the window sums to 1.
    static NiqeArithmetic basicsr();
    // pyiqa: double, but the 7x7 window is of single-precision weights; the separable window of their sum.
    static NiqeArithmetic pyiqa();
};

// Of every whole block of the plane (luma in 0..255, whole levels), row by row. At least one block.
std::vector<NiqeFeatures> niqe_features(const Plane& luma, const NiqeArithmetic& arithmetic);

}  // namespace bfr

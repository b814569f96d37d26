// Visual information fidelity in the wavelet domain: Sheikh and Bovik, "Image information and visual quality", IEEE TIP
// 15 (2006), on two orientations of Simoncelli's steerable pyramid at four scales, as the authors' vifvec computes it.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "metrics/kernels/plane.h"

namespace bfr {

inline constexpr int kVifMinSide = 33;  // five pixels at the coarsest scale, which the filters reflect

// Filtered values at each place of a picture, or of a part of it.
struct VifMap {
    int width = 0, height = 0;
    std::vector<double> values;

    VifMap() = default;
    VifMap(int w, int h) : width(w), height(h), values(static_cast<size_t>(w) * static_cast<size_t>(h)) {}
    const double* row(int y) const { return values.data() + static_cast<size_t>(y) * static_cast<size_t>(width); }
    double* row(int y) { return values.data() + static_cast<size_t>(y) * static_cast<size_t>(width); }
};

// The finest scale's two bands first; sides are cut to multiples of 3, the side of the blocks that are looked at.
using VifBands = std::array<VifMap, 8>;
VifBands vif_bands(const Plane& luma);

// What VIF reads of a reference: for each band a model of its 3x3 blocks, and the sums under each block's window.
struct VifReference {
    struct Band {
        VifMap band, sum, square;
        VifMap energy;                      // of each block under the inverse of the blocks' covariance
        std::array<double, 9> variances{};  // that covariance's eigenvalues
    };
    std::array<Band, 8> bands;
    double information = 0;  // bits that could be seen of the reference
};
VifReference vif_reference(const Plane& luma);

// The share of the reference's information that the other picture, of its size, still gives. None where the reference
// has no information.
std::optional<double> visual_information_fidelity(const VifBands& restored, const VifReference& reference);

}  // namespace bfr

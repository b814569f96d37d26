#include "restore/aligned_face.h"

#include <ATen/ATen.h>

#include <array>

#include "base/error.h"

namespace bfr {

at::Tensor aligned_face(const at::Tensor& rgb01, int64_t side, const std::string& resize) {
    const int64_t height = rgb01.size(2), width = rgb01.size(3);
    if (height == side && width == side) return rgb01;
    if (height != width || resize == "none") {
        refuse_size(width, height, side,
                    height == width
                        ? ", or give the method the option resize=bicubic (the result is then of the networks' size)"
                        : "");
    }
    const std::array<int64_t, 2> size = {side, side};
    return at::_upsample_bicubic2d_aa(rgb01, at::IntArrayRef(size), false).clamp(0, 1);
}

void refuse_size(int64_t width, int64_t height, int64_t side, const std::string& or_else) {
    throw Error(fmt::format(
        "the picture is {0}x{1}: these networks take aligned faces of {2}x{2}; cut them by bfr align --size {2}, or "
        "restore whole photographs by bfr restore --align --paste{3}",
        width, height, side, or_else));
}

}  // namespace bfr

// A 2-D convolution by plain numbers: at::conv2d's overloads take a literal 0 for a null pointer.
#pragma once

#include <ATen/ATen.h>

#include <array>

namespace bfr::nets {

struct ConvShape {
    std::array<int64_t, 2> stride = {1, 1}, padding = {0, 0}, dilation = {1, 1};
    int64_t groups = 1;
};

inline at::Tensor conv2d(const at::Tensor& x, const at::Tensor& weight, const ConvShape& shape = {}) {
    return at::conv2d(x, weight, at::Tensor(), at::IntArrayRef(shape.stride), at::IntArrayRef(shape.padding),
                      at::IntArrayRef(shape.dilation), shape.groups);
}

}  // namespace bfr::nets

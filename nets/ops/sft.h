// Spatial feature transform (Wang et al., arXiv 1804.02815) of half of a picture's channels, as GFP-GAN has it.
#pragma once

#include <ATen/core/Tensor.h>

namespace bfr::nets {

// x: (B, 2 C, H, W); scale, shift: (B, C, H, W). The second half of the channels becomes x scale + shift.
// Differentiable where gradients are recorded; else, in float32 on the CPU, x's memory may hold the result.
at::Tensor half_transformed(const at::Tensor& x, const at::Tensor& scale, const at::Tensor& shift);

}  // namespace bfr::nets

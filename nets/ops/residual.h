// Sums at the ends of residual blocks, in one pass over the memory where kernels run (finish.h).
#pragma once

#include <ATen/core/Tensor.h>

#include <array>

namespace bfr::nets {

// The parts' channels one behind the other, plus x: (B, C, H, W), C the sum of the parts' channels.
at::Tensor joined_plus(const std::array<at::Tensor, 3>& parts, const at::Tensor& x);

// x plus each pixel of `small` four times: (B, C, 2 H, 2 W) and (B, C, H, W).
at::Tensor plus_doubled(const at::Tensor& x, const at::Tensor& small);

}  // namespace bfr::nets

#pragma once

#include <ATen/core/Tensor.h>

namespace bfr::nets {

// x where it is positive, else slope x; slope: (C). Differentiable where gradients are recorded; else x's memory may
// hold the result. Stays channels-last, which LibTorch 1.13's own does not.
at::Tensor prelu(at::Tensor x, const at::Tensor& slope);

}  // namespace bfr::nets

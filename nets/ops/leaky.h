#pragma once

#include <ATen/core/Tensor.h>

namespace bfr::nets {

// StyleGAN2's activation, sqrt(2) lrelu(x, 0.2), differentiable.
at::Tensor scaled_leaky_relu(const at::Tensor& x);

}  // namespace bfr::nets

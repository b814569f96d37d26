// Spatially-adaptive normalisation (SPADE; Park et al., arXiv 1903.07291) with the activation that follows it.
#pragma once

#include <ATen/core/Tensor.h>

namespace bfr::nets {

// x: (B, C, H, W); maps: (B, 2 C, H, W), first gamma of every channel, then beta. Returns lrelu(n(x) gamma + beta,
// slope), n: each channel of each picture less its mean, by sqrt(its variance + 1e-5). Differentiable where gradients
// are recorded; else, in float32 on the CPU, two passes whose result depends neither on the batch nor on threads, by a
// single bit.
at::Tensor spade(const at::Tensor& x, const at::Tensor& maps, double slope);

}  // namespace bfr::nets

// Pooling, as networks that classify pictures have it.
#pragma once

#include <ATen/core/Tensor.h>

#include "nets/ops/finish.h"

namespace bfr::nets {

// How many pixels of `side` remain; 0: none. `ceil`: the last window may reach over the border (PyTorch's ceil_mode).
int64_t max_pool_side(int64_t side, int64_t kernel, bool ceil);
inline int64_t l2_pool_side(int64_t side) { return (side + 1) / 2; }

// (B, C, H, W) -> (B, C, H', W'). Differentiable where gradients are recorded; else channels-last. A picture's result
// depends neither on the others of its batch nor on threads.
at::Tensor max_pool(const at::Tensor& x, int64_t kernel, bool ceil);
// DISTS's pooling, sqrt(g * x^2 + 1e-12) with g = [1,2,1] x [1,2,1] / 16 and zeros around the picture.
at::Tensor l2_pool(const at::Tensor& x);

// Into channels from `first` on of `to`, which is (B, more channels, H', W') and channels-last, without gradients:
// the largest of 3x3 pixels, around every pixel (a stride of 1) or in every second place (2, no border);
void max_pool_into(at::Tensor& to, int64_t first, const at::Tensor& x, int64_t stride);
// and the means around every pixel of what lies in the picture, then finished.
void mean_pool_into(at::Tensor& to, int64_t first, const at::Tensor& x, const Finish& with);

}  // namespace bfr::nets

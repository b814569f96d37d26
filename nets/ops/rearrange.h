// What only moves numbers, in one pass where kernels run (finish.h): results are channels-last and in memory that is
// cheap to touch (empty_picture.h).
#pragma once

#include <ATen/core/Tensor.h>

namespace bfr::nets {

// Every pixel four times: (B, C, H, W) -> (B, C, 2 H, 2 W).
at::Tensor doubled(const at::Tensor& x);

// A border of one pixel all round that mirrors the picture at its edge: (B, C, H, W) -> (B, C, H + 2, W + 2), H and W
// at least 2.
at::Tensor reflected(const at::Tensor& x);

// The channels of a before those of b: two (B, ., H, W).
at::Tensor joined(const at::Tensor& a, const at::Tensor& b);

}  // namespace bfr::nets

// What networks of mobile devices do between convolutions, number by number and channel by channel. Where kernels run
// (finish.h), a result doesn't depend on its place in the tensor, on the batch or on the threads, by a single bit;
// LibTorch's own functions take another exponential for what its vectors leave over.
#pragma once

#include <ATen/core/Tensor.h>

namespace bfr::nets {

at::Tensor swish(const at::Tensor& x);     // x / (1 + exp(-x))
at::Tensor logistic(const at::Tensor& x);  // 1 / (1 + exp(-x))

// (B, C, H, W) -> (B, C, 1, 1)
at::Tensor spatial_mean(const at::Tensor& x);

}  // namespace bfr::nets

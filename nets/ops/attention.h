// Attention between the tokens of two sequences (Vaswani et al., arXiv 1706.03762), by heads.
#pragma once

#include <ATen/core/Tensor.h>

namespace bfr::nets {

// softmax(q k^T / sqrt(C / heads)) v, each head with its own C / heads numbers of a token. q: (B, N, C); k, v: (B, M,
// C)
// -> (B, N, C). Differentiable where gradients are recorded; else, in float32 on the CPU, 64 rows of scores at a time
// and a result that depends neither on the batch nor on threads, by a single bit.
at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, int64_t heads);

// A channels-last picture's pixels as tokens, and back: (B, C, H, W) -> (B, H W, C). Views where that is possible.
at::Tensor tokens_of(const at::Tensor& picture);
at::Tensor picture_of(const at::Tensor& tokens, int64_t height, int64_t width);

}  // namespace bfr::nets

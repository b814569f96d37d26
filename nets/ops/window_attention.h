// Attention within the windows of a picture (Liu et al., "Swin Transformer", arXiv 2103.14030), which may be shifted
// around the picture's borders.
#pragma once

#include <ATen/core/Tensor.h>

namespace bfr::nets {

struct Windows {
    int64_t height, width;  // of the picture: multiples of the window
    int64_t side;           // of a window
    int64_t shift;          // how far windows lie to the right and below, 0 or side / 2; what is left over wraps around
    int64_t heads;
};

// qkv: (B, height width, 3 C), each token's queries, keys and values one behind the other, each of them head by head;
// bias: (heads, side^2, side^2), added to the scores. -> (B, height width, C). In a window that wraps around, tokens
// which aren't neighbours in the picture see each other by scores that are less by 100. Differentiable where gradients
// are recorded; else, in float32 on the CPU, one window of one head at a time, and a result that depends neither on the
// batch nor on threads, by a single bit.
at::Tensor window_attention(const at::Tensor& qkv, const at::Tensor& bias, const Windows& windows);

}  // namespace bfr::nets

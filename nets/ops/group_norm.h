// Group normalisation (Wu and He, arXiv 1803.08494), with the activation that follows it in networks of the VQGAN
// family.
#pragma once

#include <ATen/core/Tensor.h>

namespace bfr::nets {

struct GroupNormOptions {
    int64_t groups = 32;
    double epsilon = 1e-6;
    bool swish = false;     // x / (1 + exp(-x)) at the end
    bool in_place = false;  // x's memory may hold the result: nobody else reads it any more
};

// x: (B, C, H, W), C a multiple of the groups; weight, bias: (C), or (B, C), each picture's own. Differentiable where
// gradients are recorded; else, in float32 on the CPU, two passes over a channels-last picture, whose result depends
// neither on the others of its batch nor on threads, by a single bit.
at::Tensor group_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                      const GroupNormOptions& options);

}  // namespace bfr::nets

// What follows a convolution in the networks' layers, in one pass over the picture: scale, noise, bias, activation,
// sums.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace bfr::nets {

using at::Tensor;

// Every tensor may be undefined, and then has no part in it.
struct Finish {
    Tensor scale = {};         // (B, C): what a convolution's outputs are multiplied by first
    Tensor first_bias = {};    // (C): a leaky ReLU of its own before the noise
    Tensor noise = {};         // (B or 1, 1, H, W)
    Tensor noise_weight = {};  // (1)
    Tensor bias = {};          // (C)
    bool activate = true;
    Tensor slope = {};             // (C): the activation is a PReLU with these, not act
    std::vector<Tensor> add = {};  // (B, C, H, W), added at the end
};

// x: (B, C, H, W). Returns act(act(x scale + first_bias) + noise_weight noise + bias) + sum of add, with act(v) =
// sqrt(2) lrelu(v, 0.2). Differentiable where gradients are recorded; else x's memory may hold the result.
Tensor finish(Tensor x, const Finish& with);

// finish() of x, where kernels run, into the channels from `first` on of `to`: (B, more channels, H, W), channels-last.
void finish_into(Tensor& to, int64_t first, const Tensor& x, const Finish& with);

// Whether the kernels on plain memory may be used instead of differentiable operations: float32 on the CPU, and no
// gradient is recorded.
bool runs_kernels(const Tensor& x);

}  // namespace bfr::nets

#pragma once

#include <torch/nn/module.h>

#include "nets/conv.h"

namespace bfr::nets {

struct Conv2dOptions {
    int64_t stride = 1, padding = 0;
    bool bias = true;
};

// A convolution with torch.nn.Conv2d's names and initial values; unlike LibTorch's own it can be made without the
// latter (init.h), which a network of 267 million parameters takes seconds for.
struct Conv2d : torch::nn::Module {
    Conv2d(int64_t in, int64_t out, int64_t kernel, const Conv2dOptions& options = {});
    at::Tensor forward(const at::Tensor& x) const;
    at::Tensor weight, bias;  // (out, in, k, k), (out); the second undefined where there is none
    const Conv2dOptions options;
};

}  // namespace bfr::nets

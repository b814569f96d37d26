// What gives a picture's codes: Encoder4Editing (style_encoder.h), or the small encoder of compact systems
// (compact_style_encoder.h).
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

namespace bfr::nets {

struct CodeEncoder : torch::nn::Module {
    // (B, 3, input, input) RGB in [-1, 1] -> (B, codes, style_width), without a mean code.
    virtual at::Tensor forward(const at::Tensor& x) const = 0;
};

}  // namespace bfr::nets

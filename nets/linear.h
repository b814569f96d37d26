#pragma once

#include <torch/nn/module.h>

#include "nets/ops/packed_conv.h"
#include "nets/prepare.h"

namespace bfr::nets {

// A linear layer with torch.nn.Linear's names and initial values, which can be packed. (..., in) -> (..., out).
struct Linear : torch::nn::Module, Preparable {
    Linear(int64_t in, int64_t out, bool with_bias = true);
    Tensor forward(const Tensor& x) const;
    void prepare() override;
    Tensor weight, bias;  // (out, in), (out); the second undefined where there is none

  private:
    PackedConv packed_;
};

}  // namespace bfr::nets

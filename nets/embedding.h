// How face recognition networks end: the last map normalised, laid out in one row, a linear layer, normalised again.
#pragma once

#include <torch/nn/module.h>

#include <memory>

#include "nets/normed_conv.h"

namespace torch::nn {
class BatchNorm1dImpl;
}

namespace bfr::nets {

struct Embedding : torch::nn::Module, Preparable {
    // Of maps of `side` x `side` pixels, rows channel by channel. The norms are the caller's to register.
    Embedding(int64_t channels, int64_t side, int64_t out, Norm before,
              std::shared_ptr<torch::nn::BatchNorm1dImpl> after);
    Tensor forward(const Tensor& map) const;  // (B, channels, side, side) -> (B, out)
    void prepare() override;

    Tensor weight, bias;  // (out, channels side side), (out)

  private:
    int64_t channels_, side_;
    Norm before_;
    std::shared_ptr<torch::nn::BatchNorm1dImpl> after_;
    PackedConv packed_;  // a convolution by a kernel of the map's size
    InputScale from_;
    Tensor folded_bias_;
};

}  // namespace bfr::nets

// StyleGAN2's discriminator with minibatch standard deviation, for training. Source: LonglongaaaGo/VSPBFR at e1f9987,
// models/RestoreNet.py (keys encoder_input_convs, encoder_convs).
#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <vector>

#include "nets/stylegan2_layers.h"

namespace bfr::nets {

struct DiscriminatorOptions {
    int64_t size = 512;
    ChannelTable channels = {};
};

struct Discriminator : torch::nn::Module {
    explicit Discriminator(const DiscriminatorOptions& options);
    // (B, 3, size, size) -> (B, 1). B must be at most 4 or a multiple of 4: the deviation is over groups of four.
    Tensor forward(const Tensor& x) const;

  private:
    std::shared_ptr<ConvLayer> first_, final_conv_;
    std::vector<std::shared_ptr<ResidualDown>> blocks_;
    std::shared_ptr<EqualLinear> linear1_, linear2_;
};

}  // namespace bfr::nets

// MobileFaceNet (Chen et al., arXiv 1804.07573) as foamliu/MobileFaceNet at a6cc903 has it, mobilefacenet.py.
#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <vector>

#include "nets/normed_conv.h"

namespace bfr::nets {

struct MobileFaceNet : torch::nn::Module {
    static constexpr int64_t kSide = 112;
    // What lies on the way, for comparisons with other implementations.
    struct Stages {
        Tensor dw_conv;   // (B, 64, 56, 56)
        Tensor features;  // (B, 128, 7, 7)
        Tensor gdconv;    // (B, 512, 1, 1)
    };

    MobileFaceNet();
    ~MobileFaceNet() override;
    // x: (B, 3, 112, 112) RGB, less ImageNet's mean and divided by its deviation -> (B, 128), not normalised.
    Tensor forward(const Tensor& x, Stages* stages = nullptr) const;

  private:
    struct Block;
    std::shared_ptr<NormedConv> conv1_, depthwise_, pointwise_, conv2_, gdconv_, conv3_;
    std::vector<std::shared_ptr<Block>> features_;
};

}  // namespace bfr::nets

// torchvision's ResNet-101 (He et al., arXiv 1512.03385; torchvision models/resnet.py at v0.14.0, v1.5: a bottleneck's
// stride is in its 3x3), whose last layer gives an embedding: VSPBFR's identity loss has one of 256 numbers.
#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <vector>

#include "nets/normed_conv.h"

namespace bfr::nets {

struct Linear;

struct ResNet101 : torch::nn::Module {
    explicit ResNet101(int64_t outputs);
    ~ResNet101() override;
    Tensor forward(const Tensor& x) const;  // (B, 3, H, W) -> (B, outputs)

  private:
    struct Bottleneck;
    std::shared_ptr<NormedConv> first_;
    std::vector<std::shared_ptr<Bottleneck>> blocks_;
    std::shared_ptr<Linear> fc_;
};

}  // namespace bfr::nets

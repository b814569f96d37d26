// A plain U-Net: the baseline that a restoration system has to be better than. Two 3x3 convolutions a resolution on the
// way down and up, the features of the way down beside those of the way up (Ronneberger et al., arXiv 1505.04597); what
// it gives is added to the picture.
#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <vector>

#include "nets/stylegan2_layers.h"

namespace bfr::nets {

struct UNetOptions {
    std::vector<int64_t> widths = {40, 80, 160, 240, 240};  // channels from the picture's size to its sixteenth
};

struct UNet : torch::nn::Module {
    explicit UNet(const UNetOptions& options);
    // (B, 3, H, W) in [-1, 1], H and W multiples of side() -> the same.
    Tensor forward(const Tensor& x) const;
    int64_t side() const { return int64_t{1} << down_.size(); }

  private:
    struct Level {
        std::shared_ptr<ConvLayer> first, second;
        Tensor forward(const Tensor& x) const { return second->forward(first->forward(x)); }
    };
    Level add(const std::string& name, int64_t in, int64_t out, bool down = false);

    Level top_;
    std::vector<Level> down_, up_;  // from the finest to the coarsest; up_ from the coarsest
    std::shared_ptr<EqualConv2d> to_rgb_;
};

}  // namespace bfr::nets

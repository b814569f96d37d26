// StyleGAN2's synthesis network, as a bank of features and as a decoder of codes to pictures.
#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <vector>

#include "nets/linear_path.h"
#include "nets/stylegan2_layers.h"

namespace bfr::nets {

struct StyleGan2Options {
    int64_t size = 1024;  // of the picture; a power of two from 8
    int64_t style_width = 512;
    int mapping_layers = 8;
    ChannelTable channels = {};
    int64_t linear = 0;  // numbers of the codes that carry a small picture (linear_path.h); 0: there is no such path
};

struct StyleGan2 : torch::nn::Module {
    explicit StyleGan2(const StyleGan2Options& options);

    struct Result {
        Tensor image;  // (B, 3, size, size), about [-1, 1]; undefined unless asked for
        std::vector<Tensor>
            features;  // item k: (B, channels, 2^(k+2), 2^(k+2)), after the first convolution of its resolution
    };
    // codes: (B, n >= codes(), style_width). `features`: how many items are needed; what only later ones or the picture
    // need isn't computed.
    Result forward(const Tensor& codes, const NoiseSource& noise, int features, bool image) const {
        return forward(codes, noise, features, image ? int64_t{1} << levels_ : 0);
    }
    // The picture as the layers up to `side` pixels give it, (B, 3, side, side): for training that begins small.
    Tensor picture(const Tensor& codes, const NoiseSource& noise, int64_t side) const {
        return forward(codes, noise, 0, side).image;
    }
    Tensor map(const Tensor& z) const { return style_->forward(z); }  // (B, style_width), both

    int64_t codes() const { return 2 * levels_ - 2; }     // of the whole network: 18 at 1024
    LinearPath* linear() const { return linear_.get(); }  // null where there is none

  private:
    Result forward(const Tensor& codes, const NoiseSource& noise, int features, int64_t image_side) const;

    int64_t levels_;  // log2 of the size
    std::shared_ptr<MappingNetwork> style_;
    Tensor constant_;  // input.input
    std::shared_ptr<StyledConv> conv1_;
    std::shared_ptr<ToRGB> to_rgb1_;
    std::vector<std::shared_ptr<StyledConv>> convs_;
    std::vector<std::shared_ptr<ToRGB>> to_rgbs_;
    std::shared_ptr<LinearPath> linear_;
};

// The buffers noises.noise_N that checkpoints of this family carry: one map a layer. Read, and not used where noise is
// drawn.
void register_noise_buffers(torch::nn::Module& owner, int64_t levels);

}  // namespace bfr::nets

// GPEN (Yang et al., "GAN Prior Embedded Network for Blind Face Restoration in the Wild", CVPR 2021, arXiv 2105.06070):
// an encoder's features take the place of the noise of a StyleGAN2 generator. Source: yangxy/GPEN at 2c73670,
// face_model/gpen_model.py (FullGenerator with isconcat). Keys as published.
#pragma once

#include <memory>
#include <vector>

#include "nets/stylegan2_layers.h"
#include "weights/state_dict/state_dict.h"

namespace bfr::nets {

struct GpenOptions {
    int64_t size = 512;  // of the picture that it takes and gives; a power of two from 8
    // The authors' channel_multiplier 2 and narrow 1; narrow is in `base`.
    ChannelTable channels = {};
    int64_t style_width = 512;
    int mapping_layers = 8;

    // GPEN-BFR-256: channel_multiplier 1, narrow 0.5.
    static GpenOptions of_256() { return {.size = 256, .channels = {.base = 256, .multiplier = 1}}; }
};

// Of a file's tensors. Throws Error that names `source` where these are no sizes that a GPEN of 64 to 2048 pixels has.
GpenOptions gpen_options_of(const StateDict& tensors, const std::string& source);

class Gpen : public torch::nn::Module {
  public:
    explicit Gpen(const GpenOptions& options);
    ~Gpen() override;

    // x: (B, 3, size, size) RGB in [-1, 1]. Item k: (B, channels(side), side, side), side = size / 2^k down to 4.
    std::vector<Tensor> encode(const Tensor& x) const;
    Tensor code(const Tensor& last) const;                                  // (B, style_width) of the last of them
    Tensor map(const Tensor& code) const { return style_->forward(code); }  // (B, style_width)
    // w: what map() gives -> (B, 3, size, size), about [-1, 1].
    Tensor decode(const Tensor& w, const std::vector<Tensor>& features) const;
    Tensor forward(const Tensor& x) const;
    int64_t flop() const { return flop_; }  // of one picture, as flop.h counts
    int64_t size() const { return size_; }

  private:
    struct JoinedConv;
    void add_encoder(const GpenOptions& options);
    void add_generator(const GpenOptions& options);

    int64_t size_;
    std::vector<std::shared_ptr<ConvLayer>> encoder_;
    std::shared_ptr<EqualLinear> linear_;
    std::shared_ptr<MappingNetwork> style_;
    Tensor constant_;
    std::vector<std::shared_ptr<JoinedConv>> convs_;  // conv1, then two a resolution
    std::vector<std::shared_ptr<ToRGB>> to_rgbs_;     // to_rgb1, then one a resolution
    int64_t flop_ = 0;
};

}  // namespace bfr::nets

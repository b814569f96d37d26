// GFP-GAN (Wang et al., "Towards Real-World Blind Face Restoration with Generative Facial Prior", CVPR 2021, arXiv
// 2101.04061): a U-Net says the codes of a StyleGAN2 generator, and what half of its features' channels are scaled by
// and moved by. Source: TencentARC/GFPGAN at 7552a77, gfpgan/archs/gfpganv1_arch.py (the paper's, of BasicSR's
// StyleGAN2 layers at 8d56e3a), and gfpganv1_clean_arch.py with stylegan2_clean_arch.py (versions 1.2 to 1.4). Both
// with input_is_latent, different_w and sft_half. Keys as published.
#pragma once

#include <memory>
#include <vector>

#include "nets/stylegan2_layers.h"

namespace bfr::nets {

// What the two architectures differ in.
enum class GfpganKind {
    kOriginal,  // StyleGAN2's layers: equalised weights, FIR filters
    kClean,     // plain weights, bilinear resizing
};

struct GfpganOptions {
    GfpganKind kind = GfpganKind::kClean;
    int64_t size = 512;          // of the picture; a power of two from 8
    ChannelTable channels = {};  // of the generator; the U-Net has half of them
    int64_t style_width = 512;
    int mapping_layers = 8;  // of a network that the files carry and nobody asks

    static GfpganOptions v1() { return {.kind = GfpganKind::kOriginal, .channels = {.base = 512, .multiplier = 1}}; }
};

class Gfpgan : public torch::nn::Module {
  public:
    explicit Gfpgan(const GfpganOptions& options);
    ~Gfpgan() override;

    struct Conditions {
        Tensor scale, shift;  // (B, channels / 2, side, side)
        Tensor features;      // (B, channels / 2, side, side): the U-Net's
    };
    struct Encoded {
        Tensor codes;                        // (B, codes(), style_width)
        std::vector<Conditions> conditions;  // of 8 pixels, 16, ...
    };
    // x: (B, 3, size, size) RGB in [-1, 1].
    Encoded encode(const Tensor& x) const;
    // The U-Net's own picture of that resolution, which training compares: (B, 3, side, side).
    Tensor side_picture(const Encoded& encoded, size_t level) const;
    // (B, 3, size, size), about [-1, 1]. Layers ask for noise as style_conv1.noise, style_convs.3.noise.
    Tensor decode(const Encoded& encoded, const NoiseSource& noise) const;
    Tensor forward(const Tensor& x, const NoiseSource& noise) const { return decode(encode(x), noise); }

    // The maps that the file carries, of the same layers.
    const NoiseSource& stored_noise() const;
    int64_t codes() const { return 2 * levels_ - 2; }
    int64_t flop() const { return flop_; }  // of one picture, as flop.h counts

  private:
    struct UNet;
    struct StoredNoise;
    void add_unet(const GfpganOptions& options);
    void add_decoder(const GfpganOptions& options);

    int64_t size_, levels_ = 0, style_width_;  // levels_: log2 of the size
    std::unique_ptr<UNet> unet_;
    Tensor constant_;
    std::vector<std::shared_ptr<StyledConv>> convs_;  // style_conv1, then two a resolution
    std::vector<std::shared_ptr<ToRGB>> to_rgbs_;     // to_rgb1, then one a resolution
    std::unique_ptr<StoredNoise> stored_;
    int64_t flop_ = 0;
};

}  // namespace bfr::nets

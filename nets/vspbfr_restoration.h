// VSPBFR's restoration network: an encoder and a StyleGAN2-like decoder of SMART layers, guided by a style prompt
// (codes and StyleGAN2 features). Source: arXiv 2412.21042; LonglongaaaGo/VSPBFR at e1f9987, models/RestoreNet.py.
#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <vector>

#include "nets/stylegan2_layers.h"

namespace bfr::nets {

// Four dilated modulated convolutions of one modulated input, an ordinary 3x3 over all of them, noise, activation.
struct SmartLayer : torch::nn::Module, Preparable {
    SmartLayer(int64_t in, int64_t out, int64_t kernel, int64_t style_width, const std::vector<int64_t>& rates);
    Tensor forward(const Tensor& x, const Tensor& style, const NoiseSource& noise, const std::string& path) const;
    void prepare() override;

  private:
    Tensor branches(const Tensor& x, const Tensor& s) const;         // (B, out, H, W)
    Tensor packed_branches(const Tensor& x, const Tensor& s) const;  // the same, once prepared

    std::vector<int64_t> rates_;
    double scale_;
    std::vector<Tensor> weights_;     // (1, out / branches, in, k, k) each
    std::vector<PackedConv> packed_;  // and energies_: empty until prepared
    std::vector<Tensor> energies_;
    std::shared_ptr<EqualLinear> modulation_;
    std::shared_ptr<ConvLayer> fusion_;
    std::shared_ptr<NoiseInjection> noise_;
    std::shared_ptr<FusedLeakyReLU> activate_;
};

// Four dilated equalised convolutions, a 1x1 over all of them, activation.
struct LargeConvLayer : torch::nn::Module, Preparable {
    LargeConvLayer(int64_t in, int64_t out, int64_t kernel, const std::vector<int64_t>& rates);
    Tensor forward(const Tensor& x) const;
    void prepare() override;

  private:
    PackedConv joined_;  // of a 1x1 kernel: all of its linear part in one; else undefined, as until prepared
    std::vector<std::shared_ptr<EqualConv2d>> dilated_convs_;
    std::shared_ptr<ConvLayer> fusion_;
    std::shared_ptr<FusedLeakyReLU> activate_;
};

struct RestorationOptions {
    int64_t size = 512;
    int64_t style_width = 512;
    int mapping_layers = 8;
    ChannelTable channels = {};
    std::vector<int64_t> rates = {1, 2, 4, 8};
};

struct RestorationNet : torch::nn::Module {
    explicit RestorationNet(const RestorationOptions& options);

    struct Result {
        Tensor image;   // (B, 3, size, size), about [-1, 1]
        Tensor latent;  // (B, codes(), 2 style_width): prompt codes beside mapped noise
    };
    // degraded: (B, 3, size, size) in [-1, 1]. features[k], k = 1 .. feature_count() - 1: (B, channels, 2^(k+2),
    // 2^(k+2)); item 0 is not read. codes: (B, n >= codes(), style_width), the first codes() are used. mapped: noise
    // codes, (B, style_width), or one for each layer, (B, codes(), style_width), as map() gives them.
    // A feature whose last owner the call is, is freed once it was used.
    Result forward(const Tensor& degraded, std::vector<Tensor> features, const Tensor& codes, const Tensor& mapped,
                   const NoiseSource& noise) const;
    Tensor map(const Tensor& z) const { return style_->forward(z); }  // (B, style_width), both; z: N(0, 1)

    int feature_count() const { return static_cast<int>(levels_) - 1; }
    int64_t codes() const { return 2 * levels_ - 2; }

  private:
    struct Encoded {
        Tensor global;                 // (B, 2 channels at 4 px)
        std::vector<Tensor> features;  // from 4 px upwards
    };
    Encoded encode(const Tensor& degraded, const Tensor& latent, const NoiseSource& noise) const;

    int64_t levels_;
    std::shared_ptr<SmartLayer> conv1_;
    std::shared_ptr<ToRGB> to_rgb1_;
    std::vector<std::shared_ptr<StyledConv>> ups_;
    std::vector<std::shared_ptr<SmartLayer>> smarts_;
    std::vector<std::shared_ptr<ToRGB>> to_rgbs_;
    std::shared_ptr<MappingNetwork> style_;
    std::shared_ptr<LargeConvLayer> down_from_big_, final_layer_;
    std::vector<std::shared_ptr<SmartLayer>> encoder_smarts_;
    std::vector<std::shared_ptr<StyledConv>> encoder_downs_;
    std::shared_ptr<EqualLinear> final_linear_, final_transfer_;
};

}  // namespace bfr::nets

// The layers of StyleGAN2 (Karras et al., arXiv 1912.04958) as rosinality's PyTorch port names them; VSPBFR
// (LonglongaaaGo/VSPBFR at e1f9987: e4e/models/stylegan2/model.py, models/RestoreNet.py), GPEN and others build on it.
//
// Activations are float32 NCHW, in memory channels-last. Deliberate differences, which change rounding only: the style
// scales the layer's input and demodulation its output, so that one weight serves a whole batch (or both scale the
// weight, where that is the smaller); a transposed convolution is four ordinary ones; the 4x4 FIR is two 1-D filters.
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/pimpl.h>

#include <array>
#include <string>
#include <vector>

#include "nets/noise.h"
#include "nets/ops/packed_conv.h"
#include "nets/prepare.h"

namespace bfr::nets {

// How a port of StyleGAN2 names and scales its tensors.
enum class Dialect {
    kRosinality,  // conv, noise.weight, activate.bias; buffers carry the filters' taps
    kBasicsr,     // modulated_conv, weight (the noise's), activate.bias; no buffers
    kClean,  // as kBasicsr, with bias (1, C, 1, 1) for activate.bias, weights that are scaled by nothing at run time,
             // and bilinear resizing where the others have FIR filters; the same function but for that
};

// y = lrelu(x + bias, 0.2) * sqrt(2); the bias runs over dimension 1.
struct FusedLeakyReLU : torch::nn::Module {
    explicit FusedLeakyReLU(int64_t channels);
    Tensor forward(const Tensor& x) const;
    Tensor bias;
};

// Weights scaled at run time by lr_mul / sqrt(inputs), the bias by lr_mul. (B, inputs) -> (B, outputs).
struct EqualLinear : torch::nn::Module {
    EqualLinear(int64_t inputs, int64_t outputs, double lr_mul = 1, bool activate = false, double bias_init = 0,
                bool equalised = true);  // false: the weights are scaled by nothing
    Tensor forward(const Tensor& x) const;
    Tensor weight, bias;

  private:
    double scale_, lr_mul_;
    bool activate_;
};

// A convolution whose weights are scaled by 1 / sqrt(fan in) at run time.
struct EqualConv2d : torch::nn::Module, Preparable {
    EqualConv2d(int64_t in, int64_t out, int64_t kernel, int64_t stride = 1, int64_t padding = 0, int64_t dilation = 1,
                bool with_bias = false);
    Tensor forward(const Tensor& x, Finish with = {.activate = false}) const;  // with: what follows, the bias too
    void prepare() override;
    Tensor scaled_weight() const { return weight * scale_; }  // (out, in, k, k); not once prepared
    Tensor weight, bias;                                      // the second undefined where there is none

  private:
    double scale_;
    PackedShape shape_;
    PackedConv packed_;
};

// The FIR [1,3,3,1] x [1,3,3,1] / 64 after padding; `gain` is in the buffer `kernel` alone, which checkpoints carry.
struct Blur : torch::nn::Module {
    Blur(int64_t pad_before, int64_t pad_after, double gain = 1);
    // `scale`: (B, C) on x, or undefined.
    Tensor forward(const Tensor& x, const Tensor& scale = {}) const;
    Tensor kernel;

  private:
    int64_t pad_before_, pad_after_;
};

// Doubles a picture's size with the FIR above; the skip path of the RGB outputs.
struct Upsample : torch::nn::Module {
    Upsample();
    Tensor forward(const Tensor& x) const;
    Tensor kernel;
};

// The weight of a layer's noise map.
struct NoiseInjection : torch::nn::Module {
    NoiseInjection();
    Tensor weight;
};

// EqualConv2d (and FIR where it halves the size), then FusedLeakyReLU; children named "0", "1", "2" as in a Sequential.
struct ConvLayer : torch::nn::Module {
    ConvLayer(int64_t in, int64_t out, int64_t kernel, bool down = false, bool activate = true,
              Dialect dialect = Dialect::kRosinality);
    Tensor forward(const Tensor& x) const;
    // `then`: the bias and noise of an activation that follows the layer's own, done in one pass with it.
    Tensor forward(const Tensor& x, Finish then) const;
    const EqualConv2d& conv() const { return *conv_; }
    const Tensor& bias() const { return activate_->bias; }

  private:
    std::shared_ptr<Blur> blur_;
    std::shared_ptr<EqualConv2d> conv_;
    std::shared_ptr<FusedLeakyReLU> activate_;
};

// Two 3x3 convolutions, the second of which halves the picture, beside a 1x1 that does the same; their mean times
// sqrt(2). StyleGAN2's discriminator is made of them. (B, in, H, W) -> (B, out, H / 2, W / 2).
struct ResidualDown : torch::nn::Module {
    ResidualDown(int64_t in, int64_t out, Dialect dialect = Dialect::kRosinality);
    Tensor forward(const Tensor& x) const;

  private:
    std::shared_ptr<ConvLayer> conv1_, conv2_, skip_;
};

enum class Resample { kNone, kUp, kDown };

// A convolution whose input channels are scaled by a style, and whose outputs are brought back to unit variance.
struct ModulatedConv2d : torch::nn::Module, Preparable {
    ModulatedConv2d(int64_t in, int64_t out, int64_t kernel, int64_t style_width, Resample resample = Resample::kNone,
                    bool demodulate = true, Dialect dialect = Dialect::kRosinality);
    // `with`: what follows; its scale is the layer's own.
    Tensor forward(const Tensor& x, const Tensor& style, Finish with) const;
    // Once prepared, and not halving: into channels from `first` on of `to`, (B, more channels, H', W'), channels-last.
    void into(Tensor& to, int64_t first, const Tensor& x, const Tensor& style, Finish with) const;
    bool prepared() const { return packed_.defined(); }
    int64_t out() const { return out_; }
    std::array<int64_t, 2> result_size(const Tensor& x) const;  // height, width
    void prepare() override;
    Tensor weight;  // (1, out, in, k, k)
    std::shared_ptr<EqualLinear> modulation;

  private:
    Tensor packed_forward(const Tensor& x, const Tensor& s, Finish with) const;

    bool bilinear_ = false;  // the picture is doubled so before an ordinary convolution
    std::shared_ptr<Blur> blur_;
    double scale_;
    int64_t out_, kernel_;
    Resample resample_;
    bool demodulate_;
    PackedConv packed_;
    Tensor energy_;  // see modulated_energy(); both undefined until prepared
};

// (out, in): what each input's variance adds to each output's; weight: (out, in, k, k).
Tensor modulated_energy(const Tensor& weight);
// 1 / sqrt(energy of the outputs + 1e-8); style: (B, in), with the weight's own scale in it.
Tensor demodulation(const Tensor& style, const Tensor& energy);
// Whether to scale the weight and not the picture: one picture, and the weight is the smaller.
bool modulates_weight(const Tensor& x, const Tensor& weight);

struct StyledConv : torch::nn::Module {
    StyledConv(int64_t in, int64_t out, int64_t kernel, int64_t style_width, Resample resample = Resample::kNone,
               Dialect dialect = Dialect::kRosinality);
    // `path`: this layer's path in the network, for its noise. `add`: as Finish has it.
    Tensor forward(const Tensor& x, const Tensor& style, const NoiseSource& noise, const std::string& path,
                   std::vector<Tensor> add = {}) const;

  private:
    std::shared_ptr<ModulatedConv2d> conv_;
    Tensor noise_weight_, bias_;
    double gain_ = 1;  // of these two
};

struct ToRGB : torch::nn::Module {
    ToRGB(int64_t in, int64_t style_width, bool upsample = true, Dialect dialect = Dialect::kRosinality);
    // `skip`: the picture of half the size, or undefined.
    Tensor forward(const Tensor& x, const Tensor& style, const Tensor& skip) const;
    Tensor bias;

  private:
    bool bilinear_;
    std::shared_ptr<ModulatedConv2d> conv_;
};

// Twice as large by bilinear filtering of pixels' centres (align_corners=False).
Tensor bilinear_doubled(const Tensor& x);

// 1 / sqrt(mean over dimension 1 of x^2 + 1e-8) times x.
Tensor pixel_norm(const Tensor& x);

// z -> w: pixel norm and `layers` equalised linear layers, keys "1" ... as in a Sequential whose "0" is the norm.
struct MappingNetwork : torch::nn::Module {
    MappingNetwork(int64_t width, int layers, double lr_mul = 0.01);
    Tensor forward(const Tensor& z) const;

  private:
    std::vector<std::shared_ptr<EqualLinear>> layers_;
};

// Channels at a resolution: `base` up to 32 px, then base * multiplier / 2 at 64 px, halved with each doubling.
struct ChannelTable {
    int64_t base = 512;
    int64_t multiplier = 2;
    int64_t at(int64_t resolution) const;
};

}  // namespace bfr::nets

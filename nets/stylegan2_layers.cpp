#include "nets/stylegan2_layers.h"

#include <torch/torch.h>

#include <cmath>

#include "base/error.h"
#include "nets/conv.h"

namespace bfr::nets {
namespace F = torch::nn::functional;
using torch::indexing::Slice;

namespace {

const double kSqrt2 = std::sqrt(2.0);

Tensor scaled_leaky_relu(const Tensor& x) { return at::leaky_relu(x, 0.2) * kSqrt2; }

Tensor fir_1d(const Tensor& like, double gain) {
    return at::tensor({1.0, 3.0, 3.0, 1.0}, like.options()) * (gain / 8.0);
}

// Both 1-D filters as depthwise convolutions; the FIR is symmetric, so that correlation is convolution.
Tensor separable_fir(const Tensor& padded, double gain) {
    const int64_t channels = padded.size(1);
    const Tensor filter = fir_1d(padded, std::sqrt(gain));
    const Tensor down = filter.view({1, 1, 4, 1}).expand({channels, 1, 4, 1}),
                 across = filter.view({1, 1, 1, 4}).expand({channels, 1, 1, 4});
    const Tensor rows = conv2d(padded, down, {.groups = channels});
    return conv2d(rows, across, {.groups = channels});
}

Tensor fir_buffer(double gain) {
    const Tensor line = at::tensor({1.0f, 3.0f, 3.0f, 1.0f});
    return at::outer(line, line) * (gain / 64.0);
}

// A transposed 3x3 convolution of stride 2 without padding, (H, W) -> (2H + 1, 2W + 1): each output phase is an
// ordinary convolution with the taps that fall on it (4, 2, 2 and 1 of nine).
Tensor transposed_conv_by_phases(const Tensor& x, const Tensor& weight) {  // weight (out, in, 3, 3)
    const int64_t batch = x.size(0), height = x.size(2), width = x.size(3), out = weight.size(0);
    // out[2i + a] = sum over taps k with (2i + a - k) even of x[(2i + a - k) / 2] w[k]: a = 0 takes w[2] x[i - 1] +
    // w[0] x[i], a = 1 takes w[1] x[i].
    const auto taps = [](const Tensor& w, int64_t dim, int phase) {
        return phase == 1 ? w.narrow(dim, 1, 1) : at::cat({w.narrow(dim, 2, 1), w.narrow(dim, 0, 1)}, dim);
    };
    Tensor result = at::empty({batch, out, 2 * height + 1, 2 * width + 1},
                              x.options().memory_format(at::MemoryFormat::ChannelsLast));
    for (int a = 0; a < 2; a++) {
        for (int b = 0; b < 2; b++) {
            const Tensor filter = taps(taps(weight, 2, a), 3, b);
            const Tensor phase = conv2d(x, filter, {.padding = {a == 0 ? 1 : 0, b == 0 ? 1 : 0}});
            result.index_put_(
                {Slice(), Slice(), Slice(a, torch::indexing::None, 2), Slice(b, torch::indexing::None, 2)}, phase);
        }
    }
    return result;
}

}  // namespace

FusedLeakyReLU::FusedLeakyReLU(int64_t channels) { bias = register_parameter("bias", at::zeros({channels})); }

Tensor FusedLeakyReLU::forward(const Tensor& x) const {
    std::vector<int64_t> shape(static_cast<size_t>(x.dim()), 1);
    shape[1] = bias.size(0);
    return scaled_leaky_relu(x + bias.view(shape));
}

EqualLinear::EqualLinear(int64_t inputs, int64_t outputs, double lr_mul, bool activate, double bias_init)
    : scale_(lr_mul / std::sqrt(static_cast<double>(inputs))), lr_mul_(lr_mul), activate_(activate) {
    weight = register_parameter("weight", at::randn({outputs, inputs}) / lr_mul);
    bias = register_parameter("bias", at::full({outputs}, bias_init));
}

Tensor EqualLinear::forward(const Tensor& x) const {
    const Tensor y = at::linear(x, weight * scale_, bias * lr_mul_);
    return activate_ ? scaled_leaky_relu(y) : y;
}

EqualConv2d::EqualConv2d(int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t padding, int64_t dilation)
    : scale_(1 / std::sqrt(static_cast<double>(in * kernel * kernel))),
      stride_(stride),
      padding_(padding),
      dilation_(dilation) {
    weight = register_parameter("weight", at::randn({out, in, kernel, kernel}));
}

Tensor EqualConv2d::forward(const Tensor& x) const {
    return conv2d(x, weight * scale_,
                  {.stride = {stride_, stride_}, .padding = {padding_, padding_}, .dilation = {dilation_, dilation_}});
}

Blur::Blur(int64_t pad_before, int64_t pad_after, double gain)
    : pad_before_(pad_before), pad_after_(pad_after), gain_(gain) {
    kernel = register_buffer("kernel", fir_buffer(gain));
}

Tensor Blur::forward(const Tensor& x) const {
    return separable_fir(at::constant_pad_nd(x, {pad_before_, pad_after_, pad_before_, pad_after_}), gain_);
}

Upsample::Upsample() { kernel = register_buffer("kernel", fir_buffer(4)); }

Tensor Upsample::forward(const Tensor& x) const {
    // zeros between the pixels, two before and one after the last, then the FIR: the polyphase form of the port's
    // upfirdn2d
    Tensor spread = at::zeros({x.size(0), x.size(1), 2 * x.size(2) + 3, 2 * x.size(3) + 3}, x.options());
    spread.index_put_({Slice(), Slice(), Slice(2, -1, 2), Slice(2, -1, 2)}, x);
    return separable_fir(spread, 4);
}

NoiseInjection::NoiseInjection() { weight = register_parameter("weight", at::zeros({1})); }

Tensor NoiseInjection::forward(const Tensor& x, const Tensor& noise) const {
    return noise.defined() ? x + weight * noise : x;
}

ConvLayer::ConvLayer(int64_t in, int64_t out, int64_t kernel, bool down, bool activate) {
    int index = 0;
    if (down) {
        const int64_t pad = 2 + kernel - 1;  // FIR of 4 taps, stride 2
        blur_ = register_module(std::to_string(index++), std::make_shared<Blur>((pad + 1) / 2, pad / 2));
    }
    conv_ = register_module(std::to_string(index++),
                            std::make_shared<EqualConv2d>(in, out, kernel, down ? 2 : 1, down ? 0 : kernel / 2));
    if (activate) activate_ = register_module(std::to_string(index), std::make_shared<FusedLeakyReLU>(out));
}

Tensor ConvLayer::forward(const Tensor& x) const {
    const Tensor y = conv_->forward(blur_ ? blur_->forward(x) : x);
    return activate_ ? activate_->forward(y) : y;
}

ModulatedConv2d::ModulatedConv2d(int64_t in, int64_t out, int64_t kernel, int64_t style_width, Resample resample,
                                 bool demodulate)
    : scale_(1 / std::sqrt(static_cast<double>(in * kernel * kernel))), resample_(resample), demodulate_(demodulate) {
    weight = register_parameter("weight", at::randn({1, out, in, kernel, kernel}));
    if (resample == Resample::kUp) {
        BFR_CHECK(kernel == 3, "an up-sampling modulated convolution has a 3x3 kernel");
        blur_ = register_module("blur", std::make_shared<Blur>(1, 1, 4));
    } else if (resample == Resample::kDown) {
        const int64_t pad = 2 + kernel - 1;
        blur_ = register_module("blur", std::make_shared<Blur>((pad + 1) / 2, pad / 2));
    }
    modulation = register_module("modulation", std::make_shared<EqualLinear>(style_width, in, 1, false, 1));
}

Tensor ModulatedConv2d::forward(const Tensor& x, const Tensor& style) const {
    const Tensor s = modulation->forward(style);  // (B, in)
    const Tensor w = weight.squeeze(0) * scale_;
    const Tensor scaled = x * s.view({s.size(0), s.size(1), 1, 1});
    Tensor y;
    switch (resample_) {
        case Resample::kUp:
            y = blur_->forward(transposed_conv_by_phases(scaled, w));
            break;
        case Resample::kDown:
            y = conv2d(blur_->forward(scaled), w, {.stride = {2, 2}});
            break;
        case Resample::kNone:
            y = conv2d(scaled, w, {.padding = {w.size(2) / 2, w.size(2) / 2}});
            break;
    }
    if (!demodulate_) return y;
    const Tensor energy = at::matmul(s.square(), w.square().sum({2, 3}).t());  // (B, out)
    return y * at::rsqrt(energy + 1e-8).view({y.size(0), y.size(1), 1, 1});
}

StyledConv::StyledConv(int64_t in, int64_t out, int64_t kernel, int64_t style_width, Resample resample) {
    conv_ = register_module("conv", std::make_shared<ModulatedConv2d>(in, out, kernel, style_width, resample));
    noise_ = register_module("noise", std::make_shared<NoiseInjection>());
    activate_ = register_module("activate", std::make_shared<FusedLeakyReLU>(out));
}

Tensor StyledConv::forward(const Tensor& x, const Tensor& style, const NoiseSource& noise,
                           const std::string& path) const {
    const Tensor y = conv_->forward(x, style);
    return activate_->forward(noise_->forward(y, noise.noise(path + ".noise", y.size(0), y.size(2), y.size(3))));
}

ToRGB::ToRGB(int64_t in, int64_t style_width, bool upsample) {
    bias = register_parameter("bias", at::zeros({1, 3, 1, 1}));
    if (upsample) upsample_ = register_module("upsample", std::make_shared<Upsample>());
    conv_ = register_module("conv", std::make_shared<ModulatedConv2d>(in, 3, 1, style_width, Resample::kNone, false));
}

Tensor ToRGB::forward(const Tensor& x, const Tensor& style, const Tensor& skip) const {
    const Tensor y = conv_->forward(x, style) + bias;
    return skip.defined() ? y + upsample_->forward(skip) : y;
}

Tensor pixel_norm(const Tensor& x) { return x * at::rsqrt(x.square().mean(1, true) + 1e-8); }

MappingNetwork::MappingNetwork(int64_t width, int layers, double lr_mul) {
    for (int i = 1; i <= layers; i++) {
        layers_.push_back(
            register_module(std::to_string(i), std::make_shared<EqualLinear>(width, width, lr_mul, true)));
    }
}

Tensor MappingNetwork::forward(const Tensor& z) const {
    Tensor w = pixel_norm(z);
    for (const auto& layer : layers_) w = layer->forward(w);
    return w;
}

int64_t ChannelTable::at(int64_t resolution) const {
    return resolution <= 32 ? base : base * 32 * multiplier / resolution;
}

}  // namespace bfr::nets

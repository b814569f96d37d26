#include "nets/stylegan2_layers.h"

#include <torch/torch.h>

#include <cmath>

#include "base/error.h"
#include "nets/conv.h"
#include "nets/init.h"
#include "nets/ops/fir.h"
#include "nets/ops/leaky.h"

namespace bfr::nets {

namespace {

Tensor fir_buffer(double gain) {
    const Tensor line = at::tensor({1.0f, 3.0f, 3.0f, 1.0f});
    return at::outer(line, line) * (gain / 64.0);
}

const char* name_of_conv(Dialect dialect) { return dialect == Dialect::kRosinality ? "conv" : "modulated_conv"; }

Tensor per_channel(const Tensor& x) { return x.view({x.size(0), x.size(1), 1, 1}); }

}  // namespace

FusedLeakyReLU::FusedLeakyReLU(int64_t channels) { bias = register_parameter("bias", at::zeros({channels})); }

Tensor FusedLeakyReLU::forward(const Tensor& x) const {
    std::vector<int64_t> shape(static_cast<size_t>(x.dim()), 1);
    shape[1] = bias.size(0);
    return scaled_leaky_relu(x + bias.view(shape));
}

EqualLinear::EqualLinear(int64_t inputs, int64_t outputs, double lr_mul, bool activate, double bias_init,
                         bool equalised)
    : scale_(equalised ? lr_mul / std::sqrt(static_cast<double>(inputs)) : lr_mul),
      lr_mul_(lr_mul),
      activate_(activate) {
    weight = register_parameter("weight", initial_normal({outputs, inputs}).div_(lr_mul));
    bias = register_parameter("bias", at::full({outputs}, bias_init));
}

Tensor EqualLinear::forward(const Tensor& x) const {
    const Tensor y = at::linear((x * scale_).to(weight.scalar_type()), weight, bias * lr_mul_);  // x is the smaller
    return activate_ ? scaled_leaky_relu(y) : y;
}

EqualConv2d::EqualConv2d(int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t padding, int64_t dilation,
                         bool with_bias)
    : scale_(1 / std::sqrt(static_cast<double>(in * kernel * kernel))), shape_{stride, padding, dilation} {
    weight = register_parameter("weight", initial_normal({out, in, kernel, kernel}));
    if (with_bias) bias = register_parameter("bias", at::zeros({out}));
}

Tensor EqualConv2d::forward(const Tensor& x, Finish with) const {
    if (bias.defined()) with.bias = bias;
    if (packed_.defined()) return packed_(x, shape_, {}, with);
    const Tensor y = conv2d(x, weight,
                            {.stride = {shape_.stride, shape_.stride},
                             .padding = {shape_.padding, shape_.padding},
                             .dilation = {shape_.dilation, shape_.dilation}});
    with.scale = at::full({y.size(0), y.size(1)}, scale_, y.options());
    return finish(y, with);
}

void EqualConv2d::prepare() {
    packed_ = PackedConv(weight, scale_);
    release(weight);
}

Blur::Blur(int64_t pad_before, int64_t pad_after, double gain) : pad_before_(pad_before), pad_after_(pad_after) {
    kernel = register_buffer("kernel", fir_buffer(gain));
}

Tensor Blur::forward(const Tensor& x, const Tensor& scale) const { return fir(x, scale, pad_before_, pad_after_); }

Upsample::Upsample() { kernel = register_buffer("kernel", fir_buffer(4)); }

Tensor Upsample::forward(const Tensor& x) const { return fir_upsample(x); }

NoiseInjection::NoiseInjection() { weight = register_parameter("weight", at::zeros({1})); }

ConvLayer::ConvLayer(int64_t in, int64_t out, int64_t kernel, bool down, bool activate, Dialect dialect) {
    int index = 0;
    if (down) {
        const int64_t pad = 2 + kernel - 1;  // FIR of 4 taps, stride 2
        blur_ = std::make_shared<Blur>((pad + 1) / 2, pad / 2);
        if (dialect == Dialect::kRosinality) register_module(std::to_string(index), blur_);
        index++;
    }
    conv_ = register_module(std::to_string(index++),
                            std::make_shared<EqualConv2d>(in, out, kernel, down ? 2 : 1, down ? 0 : kernel / 2));
    if (activate) activate_ = register_module(std::to_string(index), std::make_shared<FusedLeakyReLU>(out));
}

Tensor ConvLayer::forward(const Tensor& x) const {
    const Tensor from = blur_ ? blur_->forward(x) : x;
    return activate_ ? conv_->forward(from, {.bias = activate_->bias}) : conv_->forward(from);
}

Tensor ConvLayer::forward(const Tensor& x, Finish then) const {
    BFR_CHECK(activate_ && !blur_, "what follows must follow an activation");
    then.first_bias = activate_->bias;
    return conv_->forward(x, std::move(then));
}

ResidualDown::ResidualDown(int64_t in, int64_t out, Dialect dialect) {
    conv1_ = register_module("conv1", std::make_shared<ConvLayer>(in, in, 3));
    conv2_ = register_module("conv2", std::make_shared<ConvLayer>(in, out, 3, true, true, dialect));
    skip_ = register_module("skip", std::make_shared<ConvLayer>(in, out, 1, true, false, dialect));
}

Tensor ResidualDown::forward(const Tensor& x) const {
    return (conv2_->forward(conv1_->forward(x)) + skip_->forward(x)) / std::sqrt(2.0);
}

ModulatedConv2d::ModulatedConv2d(int64_t in, int64_t out, int64_t kernel, int64_t style_width, Resample resample,
                                 bool demodulate, Dialect dialect)
    : scale_(dialect == Dialect::kClean ? 1 : 1 / std::sqrt(static_cast<double>(in * kernel * kernel))),
      out_(out),
      kernel_(kernel),
      resample_(resample),
      demodulate_(demodulate) {
    weight = register_parameter("weight", initial_normal({1, out, in, kernel, kernel}));
    if (resample == Resample::kUp) {
        BFR_CHECK(kernel == 3, "an up-sampling modulated convolution has a 3x3 kernel");
        bilinear_ = dialect == Dialect::kClean;
        if (bilinear_) resample_ = Resample::kNone;
        if (dialect == Dialect::kRosinality) register_module("blur", std::make_shared<Blur>(1, 1, 4));
    } else if (resample == Resample::kDown) {
        const int64_t pad = 2 + kernel - 1;
        blur_ = register_module("blur", std::make_shared<Blur>((pad + 1) / 2, pad / 2));
    }
    modulation = register_module(
        "modulation", std::make_shared<EqualLinear>(style_width, in, 1, false, 1, dialect != Dialect::kClean));
}

Tensor modulated_energy(const Tensor& weight) { return weight.square().sum({2, 3}); }

Tensor demodulation(const Tensor& style, const Tensor& energy) {
    return at::rsqrt(at::matmul(style.square(), energy.t()) + 1e-8);
}

bool modulates_weight(const Tensor& x, const Tensor& weight) {
    return x.size(0) == 1 && weight.size(0) * weight.size(2) * weight.size(3) < x.size(2) * x.size(3);
}

std::array<int64_t, 2> ModulatedConv2d::result_size(const Tensor& x) const {
    const auto scaled = [&](int64_t side) {
        return bilinear_ || resample_ == Resample::kUp ? 2 * side : resample_ == Resample::kDown ? side / 2 : side;
    };
    return {scaled(x.size(2)), scaled(x.size(3))};
}

void ModulatedConv2d::prepare() {
    if (demodulate_) energy_ = modulated_energy(weight.squeeze(0));
    packed_ = PackedConv(weight.squeeze(0));
    release(weight);
}

Tensor ModulatedConv2d::packed_forward(const Tensor& x, const Tensor& s, Finish with) const {
    if (demodulate_) with.scale = demodulation(s, energy_);
    switch (resample_) {
        case Resample::kUp:
            return up_conv(x, packed_, {.scale = s}, with);
        case Resample::kDown:
            return packed_(blur_->forward(x, s), {.stride = 2}, {}, with);
        case Resample::kNone:
            break;
    }
    return packed_(x, {.padding = kernel_ / 2}, {.scale = s}, with);
}

void ModulatedConv2d::into(Tensor& to, int64_t first, const Tensor& x, const Tensor& style, Finish with) const {
    BFR_CHECK(packed_.defined() && !bilinear_ && resample_ != Resample::kDown,
              "a prepared layer is needed that halves nothing");
    const Tensor s = modulation->forward(style) * scale_;
    if (demodulate_) with.scale = demodulation(s, energy_);
    if (resample_ == Resample::kUp) return up_conv_into(to, first, x, packed_, {.scale = s}, with);
    packed_.into(to, first, x, {.padding = kernel_ / 2}, {.scale = s}, with);
}

Tensor ModulatedConv2d::forward(const Tensor& given, const Tensor& style, Finish with) const {
    const Tensor s = modulation->forward(style) * scale_;  // (B, in)
    const Tensor x = bilinear_ ? bilinear_doubled(given) : given;
    if (packed_.defined()) return packed_forward(x, s, std::move(with));
    Tensor w = weight.squeeze(0);
    Tensor demodulated;
    if (demodulate_) demodulated = demodulation(s, modulated_energy(w));
    if (resample_ == Resample::kDown) {
        with.scale = demodulated;
        return finish(conv2d(blur_->forward(x, s), w, {.stride = {2, 2}}), with);
    }
    Tensor from = x;
    if (modulates_weight(x, w)) {
        w = w * s.view({1, -1, 1, 1});
        if (demodulate_) w = w * demodulated.view({-1, 1, 1, 1});
    } else {
        from = runs_kernels(x) ? x * per_channel(s) : finish(x, {.scale = s, .activate = false});
        with.scale = demodulated;
    }
    if (resample_ == Resample::kUp) return up_conv(from, w, with);
    return finish(conv2d(from, w, {.padding = {w.size(2) / 2, w.size(2) / 2}}), with);
}

StyledConv::StyledConv(int64_t in, int64_t out, int64_t kernel, int64_t style_width, Resample resample,
                       Dialect dialect) {
    const bool clean = dialect == Dialect::kClean;
    conv_ = register_module(name_of_conv(dialect),
                            std::make_shared<ModulatedConv2d>(in, out, kernel, style_width, resample, true, dialect));
    noise_weight_ = dialect == Dialect::kRosinality
                        ? register_module("noise", std::make_shared<NoiseInjection>())->weight
                        : register_parameter("weight", at::zeros({1}));
    bias_ = clean ? register_parameter("bias", at::zeros({1, out, 1, 1}))
                  : register_module("activate", std::make_shared<FusedLeakyReLU>(out))->bias;
    // lrelu(sqrt(2) x + noise + bias) = sqrt(2) lrelu(x + (noise + bias) / sqrt(2))
    if (clean) gain_ = 1 / std::sqrt(2.0);
}

Tensor StyledConv::forward(const Tensor& x, const Tensor& style, const NoiseSource& noise, const std::string& path,
                           std::vector<Tensor> add) const {
    const auto [height, width] = conv_->result_size(x);
    return conv_->forward(x, style,
                          {.noise = noise.noise(path + ".noise", x.size(0), height, width),
                           .noise_weight = gain_ == 1 ? noise_weight_ : noise_weight_ * gain_,
                           .bias = gain_ == 1 ? bias_ : bias_.flatten() * gain_,
                           .add = std::move(add)});
}

ToRGB::ToRGB(int64_t in, int64_t style_width, bool upsample, Dialect dialect) : bilinear_(dialect == Dialect::kClean) {
    bias = register_parameter("bias", at::zeros({1, 3, 1, 1}));
    if (upsample && dialect == Dialect::kRosinality) register_module("upsample", std::make_shared<Upsample>());
    conv_ = register_module(name_of_conv(dialect),
                            std::make_shared<ModulatedConv2d>(in, 3, 1, style_width, Resample::kNone, false, dialect));
}

Tensor ToRGB::forward(const Tensor& x, const Tensor& style, const Tensor& skip) const {
    const Tensor y = at_least_float(conv_->forward(x, style, {.bias = bias.flatten(), .activate = false}));
    if (!skip.defined()) return y;
    return y + (bilinear_ ? bilinear_doubled(skip) : fir_upsample(skip));
}

Tensor bilinear_doubled(const Tensor& x) { return at::upsample_bilinear2d(x, {2 * x.size(2), 2 * x.size(3)}, false); }

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

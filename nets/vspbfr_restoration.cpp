#include "nets/vspbfr_restoration.h"

#include <torch/torch.h>

#include <cmath>

#include "base/error.h"
#include "nets/conv.h"
#include "nets/init.h"
#include "nets/stylegan2_generator.h"

namespace bfr::nets {

namespace {

struct DilatedModulatedWeight : torch::nn::Module {
    DilatedModulatedWeight(int64_t in, int64_t out, int64_t kernel) {
        weight = register_parameter("weight", initial_normal({1, out, in, kernel, kernel}));
    }
    Tensor weight;
};

int64_t log2_of(int64_t size) {
    int64_t levels = 0;
    while ((int64_t{1} << levels) < size) levels++;
    BFR_CHECK((int64_t{1} << levels) == size && levels >= 3, "size {} is not a power of two from 8", size);
    return levels;
}

}  // namespace

SmartLayer::SmartLayer(int64_t in, int64_t out, int64_t kernel, int64_t style_width, const std::vector<int64_t>& rates)
    : rates_(rates), scale_(1 / std::sqrt(static_cast<double>(in * kernel * kernel))) {
    const auto branches = static_cast<int64_t>(rates.size());
    BFR_CHECK(branches > 0 && out % branches == 0, "{} channels can't be split over {} dilation rates", out, branches);
    const auto convs = register_module("ModulatedConv2ds", std::make_shared<torch::nn::Module>());
    for (int64_t i = 0; i < branches; i++) {
        weights_.push_back(convs
                               ->register_module(std::to_string(i),
                                                 std::make_shared<DilatedModulatedWeight>(in, out / branches, kernel))
                               ->weight);
    }
    modulation_ = register_module("modulation", std::make_shared<EqualLinear>(style_width, in, 1, false, 1));
    fusion_ = register_module("fusion", std::make_shared<ConvLayer>(out, out, 3));
    noise_ = register_module("noise", std::make_shared<NoiseInjection>());
    activate_ = register_module("activate", std::make_shared<FusedLeakyReLU>(out));
}

void SmartLayer::prepare() {
    for (auto& weight : weights_) {
        energies_.push_back(modulated_energy(weight.squeeze(0)));
        packed_.emplace_back(weight.squeeze(0));
        release(weight);
    }
}

Tensor SmartLayer::branches(const Tensor& x, const Tensor& s) const {
    const Tensor from = x * s.view({s.size(0), s.size(1), 1, 1});
    std::vector<Tensor> branches;
    for (size_t i = 0; i < rates_.size(); i++) {
        const Tensor w = weights_[i].squeeze(0), scale = demodulation(s, modulated_energy(w));
        const int64_t padding = (w.size(2) - 1) * rates_[i] / 2;
        branches.push_back(conv2d(from, w, {.padding = {padding, padding}, .dilation = {rates_[i], rates_[i]}}) *
                           scale.view({x.size(0), -1, 1, 1}));
    }
    return at::cat(branches, 1);
}

Tensor SmartLayer::packed_branches(const Tensor& x, const Tensor& s) const {
    const auto channels = energies_[0].size(0);
    Tensor joined = at::empty({x.size(0), channels * static_cast<int64_t>(rates_.size()), x.size(2), x.size(3)},
                              x.options().memory_format(at::MemoryFormat::ChannelsLast));
    for (size_t i = 0; i < rates_.size(); i++) {
        const int64_t padding = (packed_[i].kernel() - 1) * rates_[i] / 2;
        packed_[i].into(joined, static_cast<int64_t>(i) * channels, x, {.padding = padding, .dilation = rates_[i]},
                        {.scale = s}, {.scale = demodulation(s, energies_[i]), .activate = false});
    }
    return joined;
}

Tensor SmartLayer::forward(const Tensor& x, const Tensor& style, const NoiseSource& noise,
                           const std::string& path) const {
    const Tensor s = modulation_->forward(style) * scale_;
    return fusion_->forward(packed_.empty() ? branches(x, s) : packed_branches(x, s),
                            {.noise = noise.noise(path + ".noise", x.size(0), x.size(2), x.size(3)),
                             .noise_weight = noise_->weight,
                             .bias = activate_->bias});
}

LargeConvLayer::LargeConvLayer(int64_t in, int64_t out, int64_t kernel, const std::vector<int64_t>& rates) {
    const auto branches = static_cast<int64_t>(rates.size());
    BFR_CHECK(branches > 0 && out % branches == 0, "{} channels can't be split over {} dilation rates", out, branches);
    const auto convs = register_module("dilated_convs", std::make_shared<torch::nn::Module>());
    for (int64_t i = 0; i < branches; i++) {
        const int64_t rate = rates[static_cast<size_t>(i)];
        dilated_convs_.push_back(convs->register_module(
            std::to_string(i),
            std::make_shared<EqualConv2d>(in, out / branches, kernel, 1, (kernel - 1) * rate / 2, rate)));
    }
    fusion_ = register_module("fusion", std::make_shared<ConvLayer>(out, out, 1));
    activate_ = register_module("activate", std::make_shared<FusedLeakyReLU>(out));
}

void LargeConvLayer::prepare() {  // before its parts are, as modules() lists them
    std::vector<Tensor> weights;
    for (const auto& conv : dilated_convs_) weights.push_back(conv->scaled_weight());
    const Tensor first = at::cat(weights, 0), second = fusion_->conv().scaled_weight();
    if (first.size(2) != 1) return;
    joined_ = PackedConv(at::matmul(second.flatten(1), first.flatten(1)).view({second.size(0), first.size(1), 1, 1}));
}

Tensor LargeConvLayer::forward(const Tensor& x) const {
    if (joined_.defined()) return joined_(x, {}, {}, {.first_bias = fusion_->bias(), .bias = activate_->bias});
    std::vector<Tensor> branches;
    for (const auto& conv : dilated_convs_) branches.push_back(conv->forward(x));
    return fusion_->forward(at::cat(branches, 1), {.bias = activate_->bias});
}

RestorationNet::RestorationNet(const RestorationOptions& options) : levels_(log2_of(options.size)) {
    const auto& channels = options.channels;
    const int64_t width = options.style_width, first = channels.at(4);
    // the encoder sees prompt and noise codes, the decoder the picture's global code too, which is 2 x channels(4) wide
    const int64_t encoder_style = 2 * width, decoder_style = 2 * width + 2 * first;
    conv1_ = register_module("conv1", std::make_shared<SmartLayer>(first, first, 3, decoder_style, options.rates));
    to_rgb1_ = register_module("to_rgb1", std::make_shared<ToRGB>(first, decoder_style, false));
    const auto convs = register_module("convs", std::make_shared<torch::nn::Module>());
    const auto to_rgbs = register_module("to_rgbs", std::make_shared<torch::nn::Module>());
    register_noise_buffers(*this, levels_);
    style_ = register_module("style", std::make_shared<MappingNetwork>(width, options.mapping_layers));
    for (int64_t level = 3; level <= levels_; level++) {
        const int64_t in = channels.at(int64_t{1} << (level - 1)), out = channels.at(int64_t{1} << level);
        const auto index = static_cast<size_t>(2 * (level - 3));
        ups_.push_back(convs->register_module(std::to_string(index),
                                              std::make_shared<StyledConv>(in, out, 3, decoder_style, Resample::kUp)));
        smarts_.push_back(convs->register_module(
            std::to_string(index + 1), std::make_shared<SmartLayer>(out, out, 3, decoder_style, options.rates)));
        to_rgbs_.push_back(
            to_rgbs->register_module(std::to_string(level - 3), std::make_shared<ToRGB>(out, decoder_style)));
    }
    down_from_big_ = register_module("down_from_big",
                                     std::make_shared<LargeConvLayer>(3, channels.at(options.size), 1, options.rates));
    const auto encoder_convs = register_module("encoder_convs", std::make_shared<torch::nn::Module>());
    for (int64_t level = levels_; level > 2; level--) {
        const int64_t in = channels.at(int64_t{1} << level), out = channels.at(int64_t{1} << (level - 1));
        const auto index = static_cast<size_t>(2 * (levels_ - level));
        encoder_smarts_.push_back(encoder_convs->register_module(
            std::to_string(index), std::make_shared<SmartLayer>(in, in, 3, encoder_style, options.rates)));
        encoder_downs_.push_back(encoder_convs->register_module(
            std::to_string(index + 1), std::make_shared<StyledConv>(in, out, 3, encoder_style, Resample::kDown)));
    }
    final_layer_ = register_module("final_layer", std::make_shared<LargeConvLayer>(first, first, 3, options.rates));
    const auto final_linear =
        register_module("final_linear", std::make_shared<torch::nn::Module>());  // a Sequential with a dropout behind
    final_linear_ = final_linear->register_module("0", std::make_shared<EqualLinear>(first * 16, first * 2, 1, true));
    final_transfer_ = register_module("final_transfer", std::make_shared<EqualLinear>(first * 2, first * 16, 1, true));
}

RestorationNet::Encoded RestorationNet::encode(const Tensor& degraded, const Tensor& latent,
                                               const NoiseSource& noise) const {
    Encoded result;
    Tensor out = down_from_big_->forward(degraded);
    for (size_t i = 0; i < encoder_smarts_.size(); i++) {
        // codes run from the last (finest) to the first; both layers of a resolution take the same one
        const Tensor style = latent.select(1, latent.size(1) - 1 - static_cast<int64_t>(2 * i));
        out = encoder_smarts_[i]->forward(out, style, noise, "encoder_convs." + std::to_string(2 * i));
        result.features.push_back(out);
        out = encoder_downs_[i]->forward(out, style, noise, "encoder_convs." + std::to_string(2 * i + 1));
    }
    out = final_layer_->forward(out);
    Tensor global = final_linear_->forward(out.flatten(1));
    if (is_training()) global = at::feature_dropout(global, 0.5, true);
    result.global = global;
    result.features.push_back(out + final_transfer_->forward(global).view({out.size(0), -1, 4, 4}));
    std::reverse(result.features.begin(), result.features.end());
    return result;
}

RestorationNet::Result RestorationNet::forward(const Tensor& degraded, std::vector<Tensor> features,
                                               const Tensor& codes, const Tensor& mapped,
                                               const NoiseSource& noise) const {
    const int64_t side = int64_t{1} << levels_;
    BFR_CHECK(degraded.dim() == 4 && degraded.size(1) == 3 && degraded.size(2) == side && degraded.size(3) == side,
              "the degraded picture must be (B, 3, {}, {})", side, side);
    BFR_CHECK(codes.dim() == 3 && codes.size(1) >= this->codes(), "{} codes are needed", this->codes());
    BFR_CHECK(static_cast<int64_t>(features.size()) >= levels_ - 1, "features up to {} px are needed", side);
    const Tensor each = mapped.dim() == 3 ? mapped : mapped.unsqueeze(1).expand({-1, this->codes(), -1});
    const Tensor latent = at::cat({codes.narrow(1, 0, this->codes()), each}, 2);
    Encoded encoded = encode(degraded, latent, noise);
    const auto style = [&](int64_t code) { return at::cat({latent.select(1, code), encoded.global}, 1); };

    Tensor out = conv1_->forward(encoded.features[0], style(0), noise, "conv1");
    Tensor skip = to_rgb1_->forward(out, style(1), {});
    for (size_t level = 0; level < ups_.size(); level++) {
        const auto code = static_cast<int64_t>(2 * level + 1);
        out = ups_[level]->forward(out, style(code), noise, "convs." + std::to_string(2 * level),
                                   {std::move(encoded.features[level + 1]), std::move(features[level + 1])});
        out = smarts_[level]->forward(out, style(code + 1), noise, "convs." + std::to_string(2 * level + 1));
        skip = to_rgbs_[level]->forward(out, style(code + 2), skip);
    }
    return {skip, latent};
}

}  // namespace bfr::nets

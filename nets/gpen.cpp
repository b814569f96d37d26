#include "nets/gpen.h"

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>

#include "base/error.h"
#include "nets/init.h"
#include "nets/normed_conv.h"
#include "nets/ops/empty_picture.h"

namespace bfr::nets {

namespace {

constexpr int64_t kSmallest = 4;

int64_t flop_of_conv(int64_t in, int64_t out, int64_t kernel, int64_t side) {
    return 2 * in * out * kernel * kernel * side * side;
}

}  // namespace

GpenOptions gpen_options_of(const StateDict& tensors, const std::string& source) {
    const auto size = [&](const std::string& key, size_t dimension) {
        const auto found = tensors.find(key);
        if (found == tensors.end() || found->second.dim() != 4)
            throw Error(fmt::format("{}: {} is missing or has another shape than GPEN's", source, key));
        return found->second.size(static_cast<int64_t>(dimension));
    };
    int64_t levels = 0;  // what the first layer leaves as it is, and what halves
    while (tensors.contains(fmt::format("ecd{}.0.{}.weight", levels, levels == 0 ? 0 : 1))) levels++;
    GpenOptions options{.size = int64_t{1} << std::min<int64_t>(levels + 1, 20)};
    if (options.size < 64 || options.size > 2048)
        throw Error(
            fmt::format("{}: has {} layers ecd0, ecd1, ...; a GPEN of 64 to 2048 pixels has 5 to 10", source, levels));
    options.channels.base = size("generator.input.input", 1);
    const int64_t at_64 = size(fmt::format("ecd{}.0.{}.weight", levels - 5, levels == 5 ? 0 : 1), 0);
    options.channels.multiplier = 2 * at_64 / std::max<int64_t>(options.channels.base, 1);
    if (options.channels.base < 16 || options.channels.base > 1024 || options.channels.multiplier < 1 ||
        options.channels.multiplier > 2)
        throw Error(fmt::format(
            "{}: {} channels at 4 pixels and {} at 64 are no GPEN's (512 by narrow, and as many by half the "
            "multiplier 1 or 2)",
            source, options.channels.base, at_64));
    return options;
}

// A styled convolution behind whose channels the encoder's features stand; one activation for both.
struct Gpen::JoinedConv : torch::nn::Module {
    JoinedConv(int64_t in, int64_t out, int64_t style_width, Resample resample) {
        conv_ = register_module("conv", std::make_shared<ModulatedConv2d>(in, out, 3, style_width, resample));
        noise_ = register_module("noise", std::make_shared<NoiseInjection>());
        activate_ = register_module("activate", std::make_shared<FusedLeakyReLU>(2 * out));
    }

    // features: (B, out, H', W') -> (B, 2 out, H', W').
    Tensor forward(const Tensor& x, const Tensor& style, const Tensor& features) const {
        if (!conv_->prepared()) {
            const Tensor y = conv_->forward(x, style, {.activate = false});
            return finish(at::cat({y, noise_->weight * features}, 1), {.bias = activate_->bias});
        }
        const int64_t out = conv_->out();
        Tensor to = empty_picture(x.size(0), 2 * out, features.size(2), features.size(3));
        conv_->into(to, 0, x, style, {.bias = activate_->bias.narrow(0, 0, out)});
        finish_into(to, out, features,
                    {.scale = noise_->weight.expand({x.size(0), out}), .bias = activate_->bias.narrow(0, out, out)});
        return to;
    }

  private:
    std::shared_ptr<ModulatedConv2d> conv_;
    std::shared_ptr<NoiseInjection> noise_;
    std::shared_ptr<FusedLeakyReLU> activate_;
};

Gpen::Gpen(const GpenOptions& options) : size_(options.size) {
    BFR_CHECK(size_ >= 8 && (size_ & (size_ - 1)) == 0, "size {} is not a power of two from 8", size_);
    add_generator(options);
    add_encoder(options);
}

Gpen::~Gpen() = default;

void Gpen::add_encoder(const GpenOptions& options) {
    const auto& channels = options.channels;
    const auto add = [&](std::shared_ptr<ConvLayer> layer) {
        const auto holder = add_holder(*this, "ecd" + std::to_string(encoder_.size()));
        encoder_.push_back(holder->register_module("0", std::move(layer)));
    };
    add(std::make_shared<ConvLayer>(3, channels.at(size_), 1));
    flop_ += flop_of_conv(3, channels.at(size_), 1, size_);
    for (int64_t side = size_; side > kSmallest; side /= 2) {
        add(std::make_shared<ConvLayer>(channels.at(side), channels.at(side / 2), 3, true));
        flop_ += flop_of_conv(channels.at(side), channels.at(side / 2), 3, side / 2);
    }
    const int64_t numbers = channels.at(kSmallest) * kSmallest * kSmallest;
    linear_ = add_holder(*this, "final_linear")
                  ->register_module("0", std::make_shared<EqualLinear>(numbers, options.style_width, 1, true));
    flop_ += 2 * numbers * options.style_width;
}

void Gpen::add_generator(const GpenOptions& options) {
    const auto& channels = options.channels;
    const int64_t width = options.style_width, first = channels.at(kSmallest);
    const auto generator = add_holder(*this, "generator");
    style_ = generator->register_module("style", std::make_shared<MappingNetwork>(width, options.mapping_layers));
    constant_ =
        add_holder(*generator, "input")->register_parameter("input", initial_normal({1, first, kSmallest, kSmallest}));
    flop_ += 2 * width * width * options.mapping_layers;
    const auto add_conv = [&](torch::nn::Module& owner, const std::string& name, int64_t in, int64_t side, bool up) {
        convs_.push_back(owner.register_module(
            name, std::make_shared<JoinedConv>(in, channels.at(side), width, up ? Resample::kUp : Resample::kNone)));
        flop_ += flop_of_conv(in, channels.at(side), 3, up ? side / 2 : side) + 2 * width * in;
    };
    const auto add_rgb = [&](torch::nn::Module& owner, const std::string& name, int64_t side) {
        const int64_t in = 2 * channels.at(side);
        to_rgbs_.push_back(owner.register_module(name, std::make_shared<ToRGB>(in, width, side > kSmallest)));
        flop_ += flop_of_conv(in, 3, 1, side) + 2 * width * in;
    };
    add_conv(*generator, "conv1", first, kSmallest, false);
    add_rgb(*generator, "to_rgb1", kSmallest);
    const auto convs = add_holder(*generator, "convs"), to_rgbs = add_holder(*generator, "to_rgbs");
    for (int64_t side = 2 * kSmallest; side <= size_; side *= 2) {
        add_conv(*convs, std::to_string(convs_.size() - 1), 2 * channels.at(side / 2), side, true);
        add_conv(*convs, std::to_string(convs_.size() - 1), 2 * channels.at(side), side, false);
        add_rgb(*to_rgbs, std::to_string(to_rgbs_.size() - 1), side);
    }
}

std::vector<Tensor> Gpen::encode(const Tensor& x) const {
    BFR_CHECK(x.dim() == 4 && x.size(1) == 3 && x.size(2) == size_ && x.size(3) == size_,
              "RGB pictures of {0}x{0} pixels are needed", size_);
    std::vector<Tensor> features = {encoder_[0]->forward(x.contiguous(at::MemoryFormat::ChannelsLast))};
    for (size_t i = 1; i < encoder_.size(); i++) features.push_back(encoder_[i]->forward(features.back()));
    return features;
}

Tensor Gpen::code(const Tensor& last) const { return linear_->forward(last.contiguous().flatten(1)); }

Tensor Gpen::decode(const Tensor& w, const std::vector<Tensor>& features) const {
    BFR_CHECK(features.size() == to_rgbs_.size(), "the features of {} resolutions are needed", to_rgbs_.size());
    Tensor out = constant_.expand({w.size(0), -1, -1, -1});
    Tensor rgb;
    for (size_t level = 0; level < to_rgbs_.size(); level++) {
        const Tensor& feature = features[features.size() - 1 - level];
        if (level > 0) out = convs_[2 * level - 1]->forward(out, w, feature);
        out = convs_[2 * level]->forward(out, w, feature);
        rgb = to_rgbs_[level]->forward(out, w, rgb);
    }
    return rgb;
}

Tensor Gpen::forward(const Tensor& x) const {
    const auto features = encode(x);
    return decode(map(code(features.back())), features);
}

}  // namespace bfr::nets

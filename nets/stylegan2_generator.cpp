#include "nets/stylegan2_generator.h"

#include <torch/torch.h>

#include "base/error.h"
#include "nets/init.h"

namespace bfr::nets {

namespace {

int64_t log2_of(int64_t size) {
    int64_t levels = 0;
    while ((int64_t{1} << levels) < size) levels++;
    BFR_CHECK((int64_t{1} << levels) == size && levels >= 3, "size {} is not a power of two from 8", size);
    return levels;
}

struct ConstantInput : torch::nn::Module {
    explicit ConstantInput(int64_t channels) {
        input = register_parameter("input", initial_normal({1, channels, 4, 4}));
    }
    Tensor input;
};

}  // namespace

void register_noise_buffers(torch::nn::Module& owner, int64_t levels) {
    const auto noises = owner.register_module("noises", std::make_shared<torch::nn::Module>());
    for (int64_t layer = 0; layer < 2 * (levels - 2) + 1; layer++) {
        const int64_t side = int64_t{1} << ((layer + 5) / 2);
        noises->register_buffer("noise_" + std::to_string(layer), at::zeros({1, 1, side, side}));
    }
}

StyleGan2::StyleGan2(const StyleGan2Options& options) : levels_(log2_of(options.size)) {
    const auto& channels = options.channels;
    const int64_t width = options.style_width;
    style_ = register_module("style", std::make_shared<MappingNetwork>(width, options.mapping_layers));
    constant_ = register_module("input", std::make_shared<ConstantInput>(channels.at(4)))->input;
    conv1_ = register_module("conv1", std::make_shared<StyledConv>(channels.at(4), channels.at(4), 3, width));
    to_rgb1_ = register_module("to_rgb1", std::make_shared<ToRGB>(channels.at(4), width, false));
    const auto convs = register_module("convs", std::make_shared<torch::nn::Module>());
    const auto to_rgbs = register_module("to_rgbs", std::make_shared<torch::nn::Module>());
    register_noise_buffers(*this, levels_);
    for (int64_t level = 3; level <= levels_; level++) {
        const int64_t in = channels.at(int64_t{1} << (level - 1)), out = channels.at(int64_t{1} << level);
        const auto add = [&](auto layer) {
            convs_.push_back(convs->register_module(std::to_string(convs_.size()), std::move(layer)));
        };
        add(std::make_shared<StyledConv>(in, out, 3, width, Resample::kUp));
        add(std::make_shared<StyledConv>(out, out, 3, width));
        to_rgbs_.push_back(
            to_rgbs->register_module(std::to_string(to_rgbs_.size()), std::make_shared<ToRGB>(out, width)));
    }
    if (options.linear > 0) {
        BFR_CHECK(options.linear <= codes() * width && options.size >= LinearPath::kSide,
                  "{} numbers of {} codes of {}", options.linear, codes(), width);
        linear_ = register_module(
            "linear", std::make_shared<LinearPath>(options.linear, channels.at(8), channels.at(LinearPath::kSide)));
    }
}

StyleGan2::Result StyleGan2::forward(const Tensor& codes, const NoiseSource& noise, int features,
                                     int64_t image_side) const {
    BFR_CHECK(codes.dim() == 3, "codes must be (B, n, width), not {}-dimensional", codes.dim());
    Result result;
    const auto wanted = [&] { return static_cast<int>(result.features.size()) < features; };
    Tensor out = conv1_->forward(constant_.expand({codes.size(0), -1, -1, -1}), codes.select(1, 0), noise, "conv1");
    Tensor skip;
    if (image_side > 0) skip = to_rgb1_->forward(out, codes.select(1, 1), {});
    if (wanted()) result.features.push_back(out);
    const Tensor linear = linear_ ? linear_->picture(codes) : Tensor();
    for (size_t level = 0; level < to_rgbs_.size(); level++) {
        const auto first = static_cast<int64_t>(2 * level + 1);
        const int64_t side = int64_t{8} << level;
        const bool draws = side <= image_side;
        if (!draws && !wanted()) break;
        std::vector<Tensor> add;
        if (linear_ && side == 8) add.push_back(linear_->features_at_8(linear).to(codes.scalar_type()));
        if (linear_ && side == LinearPath::kSide)
            add.push_back(linear_->features_at_32(linear).to(codes.scalar_type()));
        out = convs_[2 * level]->forward(out, codes.select(1, first), noise, "convs." + std::to_string(2 * level),
                                         std::move(add));
        if (wanted()) result.features.push_back(out);
        if (!draws && !wanted()) break;
        out = convs_[2 * level + 1]->forward(out, codes.select(1, first + 1), noise,
                                             "convs." + std::to_string(2 * level + 1));
        if (draws) skip = to_rgbs_[level]->forward(out, codes.select(1, first + 2), skip);
        if (draws && linear_ && side == LinearPath::kSide)
            skip = (skip * linear_->blend + linear).to(codes.scalar_type());
    }
    result.image = skip;
    return result;
}

}  // namespace bfr::nets

#include "nets/gfpgan.h"

#include <torch/torch.h>

#include <string>

#include "base/error.h"
#include "nets/gfpgan_steps.h"
#include "nets/init.h"
#include "nets/linear.h"
#include "nets/normed_conv.h"
#include "nets/ops/sft.h"

namespace bfr::nets {

namespace {

constexpr int64_t kSmallest = 4;

int64_t conv_flop(int64_t in, int64_t out, int64_t kernel, int64_t side) {
    return 2 * in * out * kernel * kernel * side * side;
}

}  // namespace

struct Gfpgan::UNet {
    using Step = GfpganStep;
    Step first, last, linear;
    std::vector<Step> down, up, scale, shift, to_rgb;  // from the largest resolution to 4 pixels; the others from 8
};

// The maps that the files carry beside the weights.
struct Gfpgan::StoredNoise final : NoiseSource {
    Tensor noise(const std::string& layer, int64_t, int64_t, int64_t) const override {
        const std::string index = layer.substr(0, layer.rfind('.')), convs = "style_convs.";
        const size_t number = index.starts_with(convs) ? 1 + std::stoul(index.substr(convs.size())) : 0;
        return maps.at(number);
    }
    std::vector<Tensor> maps;
};

Gfpgan::Gfpgan(const GfpganOptions& options)
    : size_(options.size),
      style_width_(options.style_width),
      unet_(std::make_unique<UNet>()),
      stored_(std::make_unique<StoredNoise>()) {
    BFR_CHECK(size_ >= 8 && (size_ & (size_ - 1)) == 0, "size {} is not a power of two from 8", size_);
    while ((int64_t{1} << levels_) < size_) levels_++;
    add_unet(options);
    add_decoder(options);
}

Gfpgan::~Gfpgan() = default;

void Gfpgan::add_unet(const GfpganOptions& options) {
    const bool clean = options.kind == GfpganKind::kClean;
    const GfpganSteps& steps = gfpgan_steps(options.kind);
    const ChannelTable channels{options.channels.base / 2, options.channels.multiplier};
    const int64_t smallest = channels.at(kSmallest);
    const auto residual = [&](torch::nn::Module& owner, std::vector<GfpganStep>& to, int64_t from, int64_t side) {
        const int64_t in = channels.at(from), out = channels.at(side);
        to.push_back(steps.residual(owner, std::to_string(to.size()), in, out, side > from));
        flop_ += conv_flop(in, in, 3, from) + conv_flop(in, out, 3, side) + conv_flop(in, out, 1, side);
    };
    unet_->first = steps.conv(*this, "conv_body_first", 3, channels.at(size_), 1);
    const auto down = add_holder(*this, "conv_body_down"), up = add_holder(*this, "conv_body_up"),
               rgb = add_holder(*this, "toRGB"), scale = add_holder(*this, "condition_scale"),
               shift = add_holder(*this, "condition_shift");
    for (int64_t side = size_; side > kSmallest; side /= 2) residual(*down, unet_->down, side, side / 2);
    unet_->last = steps.conv(*this, "final_conv", smallest, smallest, 3);
    for (int64_t side = 2 * kSmallest; side <= size_; side *= 2) {
        const std::string number = std::to_string(unet_->up.size());
        residual(*up, unet_->up, side / 2, side);
        unet_->scale.push_back(steps.condition(*scale, number, channels.at(side), 1));
        unet_->shift.push_back(steps.condition(*shift, number, channels.at(side), 0));
        unet_->to_rgb.push_back(steps.to_rgb(*rgb, number, channels.at(side)));
        flop_ += 4 * conv_flop(channels.at(side), channels.at(side), 3, side);
    }
    const int64_t numbers = smallest * kSmallest * kSmallest, wanted = codes() * style_width_;
    if (clean) {
        const auto linear = register_module("final_linear", std::make_shared<Linear>(numbers, wanted));
        unet_->linear = [=](const Tensor& x) { return linear->forward(x); };
    } else {
        const auto linear = register_module("final_linear", std::make_shared<EqualLinear>(numbers, wanted));
        unet_->linear = [=](const Tensor& x) { return linear->forward(x); };
    }
    flop_ +=
        conv_flop(3, channels.at(size_), 1, size_) + conv_flop(smallest, smallest, 3, kSmallest) + 2 * numbers * wanted;
}

void Gfpgan::add_decoder(const GfpganOptions& options) {
    const bool clean = options.kind == GfpganKind::kClean;
    const Dialect dialect = clean ? Dialect::kClean : Dialect::kBasicsr;
    const auto& channels = options.channels;
    const int64_t width = style_width_;
    const auto decoder = add_holder(*this, "stylegan_decoder");
    const auto mapping = add_holder(*decoder, "style_mlp");
    for (int i = 1; i <= options.mapping_layers; i++) {
        mapping->register_module(std::to_string(clean ? 2 * i - 1 : i),
                                 std::make_shared<EqualLinear>(width, width, clean ? 1 : 0.01, true, 0, !clean));
    }
    constant_ = add_holder(*decoder, "constant_input")
                    ->register_parameter("weight", initial_normal({1, channels.at(kSmallest), kSmallest, kSmallest}));
    const auto noises = add_holder(*decoder, "noises");
    const auto add_conv = [&](torch::nn::Module& owner, const std::string& name, int64_t in, int64_t side, bool up) {
        convs_.push_back(
            owner.register_module(name, std::make_shared<StyledConv>(in, channels.at(side), 3, width,
                                                                     up ? Resample::kUp : Resample::kNone, dialect)));
        stored_->maps.push_back(
            noises->register_buffer("noise" + std::to_string(stored_->maps.size()), at::zeros({1, 1, side, side})));
        flop_ += conv_flop(in, channels.at(side), 3, up && !clean ? side / 2 : side) + 2 * width * in;
    };
    const auto add_rgb = [&](torch::nn::Module& owner, const std::string& name, int64_t side) {
        to_rgbs_.push_back(
            owner.register_module(name, std::make_shared<ToRGB>(channels.at(side), width, side > kSmallest, dialect)));
        flop_ += conv_flop(channels.at(side), 3, 1, side) + 2 * width * channels.at(side);
    };
    add_conv(*decoder, "style_conv1", channels.at(kSmallest), kSmallest, false);
    add_rgb(*decoder, "to_rgb1", kSmallest);
    const auto convs = add_holder(*decoder, "style_convs"), to_rgbs = add_holder(*decoder, "to_rgbs");
    for (int64_t side = 2 * kSmallest; side <= size_; side *= 2) {
        add_conv(*convs, std::to_string(convs_.size() - 1), channels.at(side / 2), side, true);
        add_conv(*convs, std::to_string(convs_.size() - 1), channels.at(side), side, false);
        add_rgb(*to_rgbs, std::to_string(to_rgbs_.size() - 1), side);
    }
}

Gfpgan::Encoded Gfpgan::encode(const Tensor& x) const {
    BFR_CHECK(x.dim() == 4 && x.size(1) == 3 && x.size(2) == size_ && x.size(3) == size_,
              "RGB pictures of {0}x{0} pixels are needed", size_);
    std::vector<Tensor> skips;
    Tensor h = unet_->first(x.contiguous(at::MemoryFormat::ChannelsLast));
    for (const auto& down : unet_->down) skips.push_back(h = down(h));
    h = unet_->last(h);
    Encoded result;
    result.codes = unet_->linear(h.contiguous().flatten(1)).view({x.size(0), codes(), style_width_});
    for (size_t i = 0; i < unet_->up.size(); i++) {
        h = unet_->up[i](h + skips[skips.size() - 1 - i]);
        result.conditions.push_back({unet_->scale[i](h), unet_->shift[i](h), h});
    }
    return result;
}

Tensor Gfpgan::side_picture(const Encoded& encoded, size_t level) const {
    return unet_->to_rgb.at(level)(encoded.conditions.at(level).features);
}

Tensor Gfpgan::decode(const Encoded& encoded, const NoiseSource& noise) const {
    const auto code = [&](size_t i) { return encoded.codes.select(1, static_cast<int64_t>(i)); };
    Tensor out =
        convs_[0]->forward(constant_.expand({encoded.codes.size(0), -1, -1, -1}), code(0), noise, "style_conv1");
    Tensor rgb = to_rgbs_[0]->forward(out, code(1), {});
    for (size_t i = 0; i + 1 < to_rgbs_.size(); i++) {
        const auto path = [](size_t number) { return "style_convs." + std::to_string(number); };
        out = convs_[2 * i + 1]->forward(out, code(2 * i + 1), noise, path(2 * i));
        out = half_transformed(out, encoded.conditions[i].scale, encoded.conditions[i].shift);
        out = convs_[2 * i + 2]->forward(out, code(2 * i + 2), noise, path(2 * i + 1));
        rgb = to_rgbs_[i + 1]->forward(out, code(2 * i + 3), rgb);
    }
    return rgb;
}

const NoiseSource& Gfpgan::stored_noise() const { return *stored_; }

}  // namespace bfr::nets

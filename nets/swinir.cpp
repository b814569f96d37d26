#include "nets/swinir.h"

#include <torch/torch.h>

#include "base/error.h"
#include "nets/init.h"
#include "nets/ops/attention.h"
#include "nets/ops/rearrange.h"
#include "nets/ops/window_attention.h"
#include "nets/transformer_layer.h"
#include "nets/vqgan_blocks.h"

namespace bfr::nets {

using vqgan::add_conv;

namespace {

// For each pair of a window's tokens, the row of the table that holds their bias: by how far they lie apart.
Tensor relative_positions(int64_t side) {
    const Tensor at = at::arange(side), y = at.view({side, 1}).expand({side, side}).reshape({-1}),
                 x = at.view({1, side}).expand({side, side}).reshape({-1});
    const Tensor down = y.unsqueeze(1) - y.unsqueeze(0) + side - 1, right = x.unsqueeze(1) - x.unsqueeze(0) + side - 1;
    return down * (2 * side - 1) + right;
}

// (windows, tokens, tokens): 0, or -100 between tokens that only a wrapped window brings together.
Tensor wrapped_mask(int64_t picture, int64_t side, int64_t shift) {
    const Tensor at = at::arange(picture);
    const Tensor stripe = (at >= picture - side).to(at::kLong) + (at >= picture - shift).to(at::kLong);
    const int64_t across = picture / side;
    const Tensor part = (3 * stripe.unsqueeze(1) + stripe.unsqueeze(0))
                            .view({across, side, across, side})
                            .permute({0, 2, 1, 3})
                            .reshape({across * across, side * side});
    return (part.unsqueeze(1) != part.unsqueeze(2)).to(at::kFloat) * -100;
}

struct WindowAttention : torch::nn::Module, Preparable {
    WindowAttention(const SwinIrOptions& options, const Tensor& positions) : options_(options) {
        const int64_t around = 2 * options.window - 1;
        table_ =
            register_parameter("relative_position_bias_table", initial_uniform({around * around, options.heads}, 0.04));
        positions_ = register_buffer("relative_position_index", positions.detach());
        qkv_ = register_module("qkv", std::make_shared<Linear>(options.width, 3 * options.width));
        proj_ = register_module("proj", std::make_shared<Linear>(options.width, options.width));
    }
    Tensor forward(const Tensor& x, const Windows& windows) const {
        return proj_->forward(window_attention(qkv_->forward(x), bias_.defined() ? bias_ : bias(), windows));
    }
    void prepare() override {
        if (!at::equal(positions_, relative_positions(options_.window)))
            throw Error(fmt::format("relative_position_index isn't that of windows of {0}x{0}", options_.window));
        bias_ = bias();
        release(table_);
        release(positions_);
    }

  private:
    Tensor bias() const {
        const int64_t tokens = options_.window * options_.window;
        // of a file's, on an accelerator, where a row that isn't there would end the process
        const Tensor rows = positions_.view({-1}).clamp(0, table_.size(0) - 1);
        return table_.index_select(0, rows).view({tokens, tokens, options_.heads}).permute({2, 0, 1}).contiguous();
    }

    SwinIrOptions options_;
    Tensor table_, positions_, bias_;
    std::shared_ptr<Linear> qkv_, proj_;
};

struct SwinBlock : torch::nn::Module, Preparable {
    // `mask`: undefined where windows aren't shifted.
    SwinBlock(const SwinIrOptions& options, const Tensor& positions, const Tensor& mask)
        : window_(options.window), trained_at_(options.trained_at), shift_(mask.defined() ? options.window / 2 : 0) {
        if (mask.defined()) mask_ = register_buffer("attn_mask", mask.detach());
        norm1_ = register_module("norm1", std::make_shared<LayerNorm>(options.width));
        attention_ = register_module("attn", std::make_shared<WindowAttention>(options, positions));
        norm2_ = register_module("norm2", std::make_shared<LayerNorm>(options.width));
        const auto mlp = add_holder(*this, "mlp");
        widen_ = mlp->register_module("fc1", std::make_shared<Linear>(options.width, options.hidden));
        narrow_ = mlp->register_module("fc2", std::make_shared<Linear>(options.hidden, options.width));
    }
    // x: (B, H W, width).
    Tensor forward(const Tensor& given, Windows windows) const {
        windows.shift = shift_;
        const Tensor x = given + attention_->forward(norm1_->forward(given), windows);
        return x + narrow_->forward(at::gelu(widen_->forward(norm2_->forward(x))));
    }
    void prepare() override {
        if (!mask_.defined()) return;
        if (!at::equal(mask_, wrapped_mask(trained_at_, window_, shift_)))
            throw Error(
                fmt::format("attn_mask isn't that of windows of {0}x{0} in {1}x{1} tokens", window_, trained_at_));
        release(mask_);
    }

  private:
    int64_t window_, trained_at_, shift_;
    Tensor mask_;
    std::shared_ptr<LayerNorm> norm1_, norm2_;
    std::shared_ptr<WindowAttention> attention_;
    std::shared_ptr<Linear> widen_, narrow_;
};

// LeakyReLU behind a convolution.
Tensor leaky(const NormedConv& conv, const Tensor& x, double slope) {
    return conv.forward(x, at::full({1}, slope, x.options()));
}

}  // namespace

struct SwinGroup : torch::nn::Module {
    SwinGroup(const SwinIrOptions& options, const Tensor& positions, const Tensor& mask) {
        const auto group = add_holder(*this, "residual_group"), list = add_holder(*group, "blocks");
        for (int64_t i = 0; i < options.blocks; i++) {
            blocks_.push_back(list->register_module(
                std::to_string(i), std::make_shared<SwinBlock>(options, positions, i % 2 == 1 ? mask : Tensor())));
        }
        conv_ = add_conv(*this, "conv", options.width, options.width, 3);
    }
    // x: (B, H W, width).
    Tensor forward(const Tensor& given, const Windows& windows) const {
        Tensor x = given;
        for (const auto& block : blocks_) x = block->forward(x, windows);
        const auto picture = [&](const Tensor& tokens) { return picture_of(tokens, windows.height, windows.width); };
        return tokens_of(conv_->forward(picture(x), {}, {picture(given)}));
    }

  private:
    std::vector<std::shared_ptr<SwinBlock>> blocks_;
    std::shared_ptr<NormedConv> conv_;
};

SwinIr::SwinIr(const SwinIrOptions& options) : options_(options) {
    const int64_t width = options.width, features = options.features, shrink = options.kShrink;
    BFR_CHECK(width % options.heads == 0 && options.trained_at % options.window == 0,
              "{} numbers by {} heads in windows of {}", width, options.heads, options.window);
    first_ = add_conv(*add_holder(*this, "conv_first"), "1", 3 * shrink * shrink, width, 3);
    norm_before_ = add_holder(*this, "patch_embed")->register_module("norm", std::make_shared<LayerNorm>(width));
    const auto list = add_holder(*this, "layers");
    const Tensor positions = relative_positions(options.window),
                 mask = wrapped_mask(options.trained_at, options.window, options.window / 2);
    for (int64_t i = 0; i < options.groups; i++) {
        groups_.push_back(
            list->register_module(std::to_string(i), std::make_shared<SwinGroup>(options, positions, mask)));
    }
    norm_after_ = register_module("norm", std::make_shared<LayerNorm>(width));
    after_body_ = add_conv(*this, "conv_after_body", width, width, 3);
    before_up_ = add_conv(*add_holder(*this, "conv_before_upsample"), "0", width, features, 3);
    for (int i = 0; i < 3; i++) up_[i] = add_conv(*this, "conv_up" + std::to_string(i + 1), features, features, 3);
    high_ = add_conv(*this, "conv_hr", features, features, 3);
    last_ = add_conv(*this, "conv_last", features, 3, 3);
}

SwinIr::~SwinIr() = default;

Tensor SwinIr::body(const Tensor& first, Steps* steps) const {
    const Windows windows{first.size(2), first.size(3), options_.window, 0, options_.heads};
    Tensor x = norm_before_->forward(tokens_of(first));
    for (size_t i = 0; i < groups_.size(); i++) {
        x = groups_[i]->forward(x, windows);
        if (steps && i == 0) steps->layer0 = x;
    }
    return picture_of(norm_after_->forward(x), windows.height, windows.width);
}

Tensor SwinIr::forward(const Tensor& given, Steps* steps) const {
    const int64_t whole = options_.kShrink * options_.window;
    BFR_CHECK(given.dim() == 4 && given.size(1) == 3 && given.size(2) % whole == 0 && given.size(3) % whole == 0,
              "RGB pictures whose sides are multiples of {} are needed", whole);
    // of DIV2K, which SwinIR was made for
    const Tensor mean = at::tensor({0.4488, 0.4371, 0.4040}, given.options()).view({1, 3, 1, 1});
    const Tensor small = at::pixel_unshuffle((given - mean).contiguous(), options_.kShrink);
    const Tensor first = first_->forward(small.contiguous(at::MemoryFormat::ChannelsLast));
    if (steps) steps->first = first;
    const Tensor after = after_body_->forward(body(first, steps));
    if (steps) steps->after_body = after;
    Tensor x = leaky(*before_up_, after + first, 0.01);
    for (const auto& up : up_) x = leaky(*up, doubled(x), 0.2);
    return last_->forward(leaky(*high_, x, 0.2)) + mean;
}

int64_t SwinIr::flop(int64_t height, int64_t width) const {
    const int64_t tokens = height * width / (options_.kShrink * options_.kShrink), n = options_.width,
                  each = options_.window * options_.window, side = options_.features;
    const auto conv = [](int64_t in, int64_t out, int64_t pixels) { return 2 * 9 * in * out * pixels; };
    const int64_t block = 2 * tokens * (4 * n * n + 2 * n * options_.hidden) + 4 * tokens * each * n;
    int64_t sum = options_.groups * (options_.blocks * block + conv(n, n, tokens)) +
                  conv(3 * options_.kShrink * options_.kShrink, n, tokens) + conv(n, n, tokens) + conv(n, side, tokens);
    for (int64_t pixels = 4 * tokens; pixels <= height * width; pixels *= 4) sum += conv(side, side, pixels);
    return sum + conv(side, side, height * width) + conv(side, 3, height * width);
}

}  // namespace bfr::nets

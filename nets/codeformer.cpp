#include "nets/codeformer.h"

#include <torch/torch.h>

#include "base/error.h"
#include "nets/ops/attention.h"
#include "nets/ops/rearrange.h"
#include "nets/transformer_layer.h"

namespace bfr::nets {

using vqgan::add_conv;
using vqgan::conv_flop;

namespace {

constexpr const char* kShortcut = "conv_out";
constexpr int64_t kSide = vqgan::Sizes::kSide, kCodeSide = vqgan::Sizes::kCodeSide;

// Of each channel: mean and deviation over the pixels, n - 1, with CodeFormer's 1e-5 under the root. (B, C, 1, 1).
struct Style {
    explicit Style(const Tensor& x)
        : mean(x.mean({2, 3}, true)), deviation((x.var({2, 3}, true, true) + 1e-5).sqrt()) {}
    Tensor mean, deviation;
};

Tensor with_style_of(const Tensor& x, const Tensor& other) {
    const Style own(x), wanted(other);
    return (x - own.mean) / own.deviation * wanted.deviation + wanted.mean;
}

}  // namespace

// How much of the encoder's features the decoder takes at one size.
struct FuseBlock : torch::nn::Module {
    explicit FuseBlock(int64_t width) : width_(width) {
        join_ = register_module("encode_enc", std::make_shared<vqgan::ResnetBlock>(2 * width, width, kShortcut));
        for (auto* const to : {&scale_, &shift_}) {
            const auto holder = add_holder(*this, to == &scale_ ? "scale" : "shift");
            *to = {add_conv(*holder, "0", width, width, 3), add_conv(*holder, "2", width, width, 3)};
        }
    }
    Tensor forward(const Tensor& encoded, const Tensor& decoded, double w) const {
        const Tensor both = join_->forward(joined(encoded, decoded));
        return decoded + w * at::addcmul(two(shift_, both), decoded, two(scale_, both));
    }
    int64_t flop(int64_t side) const { return join_->flop(side) + 4 * conv_flop(width_, width_, 3, side); }

  private:
    using Pair = std::array<std::shared_ptr<NormedConv>, 2>;
    // with a leaky ReLU between them
    static Tensor two(const Pair& convs, const Tensor& x) {
        return convs[1]->forward(convs[0]->forward(x, at::full({1}, 0.2, x.options())));
    }

    int64_t width_;
    std::shared_ptr<vqgan::ResnetBlock> join_;
    Pair scale_, shift_;
};

struct CodeFormer::Chain {
    explicit Chain(torch::nn::Module& owner) : holder(add_holder(owner, "blocks")) {}

    std::string next() const { return std::to_string(steps.size()); }
    // `side`: of the picture that it gets.
    template <class Layer>
    void add(std::shared_ptr<Layer> layer, int64_t side) {
        holder->register_module(next(), layer);
        flop += layer->flop(side);
        steps.push_back([layer](const Tensor& x) { return layer->forward(x); });
    }
    void conv(int64_t in, int64_t out, int64_t side) {
        const auto layer = add_conv(*holder, next(), in, out, 3);
        flop += conv_flop(in, out, 3, side);
        steps.push_back([layer](const Tensor& x) { return layer->forward(x); });
    }
    void norm(int64_t channels) {
        const auto layer = holder->register_module(next(), std::make_shared<vqgan::GroupNorm>(channels));
        steps.push_back([layer](const Tensor& x) { return layer->forward(x); });
    }
    void residual(int64_t in, int64_t out, int64_t side) {
        add(std::make_shared<vqgan::ResnetBlock>(in, out, kShortcut), side);
    }
    void attention(int64_t channels, int64_t side) {
        add(std::make_shared<vqgan::AttentionBlock>(channels, 1, "norm"), side);
    }

    std::shared_ptr<torch::nn::Module> holder;
    std::vector<std::function<Tensor(const Tensor&)>> steps;
    int64_t flop = 0;
};

CodeFormer::CodeFormer(const CodeFormerOptions& options) {
    BFR_CHECK(options.sizes.widths.size() == 6, "six resolutions from 512 pixels to 16, not {}",
              options.sizes.widths.size());
    add_encoder(options);
    add_generator(options);
    add_transformer(options);
    codebook_ =
        register_module("quantize", std::make_shared<vqgan::Codebook>(options.sizes.codes, options.sizes.code_width));
    flop_ += encoder_->flop + generator_->flop;
}

CodeFormer::~CodeFormer() = default;

void CodeFormer::add_encoder(const CodeFormerOptions& options) {
    const auto& widths = options.sizes.widths;
    encoder_ = std::make_unique<Chain>(*add_holder(*this, "encoder"));
    encoder_->conv(3, widths[0], kSide);
    int64_t side = kSide, in = widths[0];
    for (size_t i = 0; i < widths.size(); i++) {
        for (int64_t block = 0; block < options.sizes.blocks; block++, in = widths[i]) {
            encoder_->residual(in, widths[i], side);
            if (side == kCodeSide) encoder_->attention(widths[i], side);
        }
        if (side == kCodeSide) break;
        if (side < kSide) side_behind_.push_back(encoder_->steps.size() - 1);
        encoder_->add(std::make_shared<vqgan::Downsample>(in), side);
        side /= 2;
    }
    encoder_->residual(in, in, side);
    encoder_->attention(in, side);
    encoder_->residual(in, in, side);
    encoder_->norm(in);
    encoder_->conv(in, options.sizes.code_width, side);
}

void CodeFormer::add_generator(const CodeFormerOptions& options) {
    const auto& widths = options.sizes.widths;
    generator_ = std::make_unique<Chain>(*add_holder(*this, "generator"));
    const auto fuse = add_holder(*this, "fuse_convs_dict");
    int64_t side = kCodeSide, in = widths.back();
    generator_->conv(options.sizes.code_width, in, side);
    generator_->residual(in, in, side);
    generator_->attention(in, side);
    generator_->residual(in, in, side);
    for (size_t i = widths.size(); i-- > 0;) {
        for (int64_t block = 0; block < options.sizes.blocks; block++, in = widths[i]) {
            generator_->residual(in, widths[i], side);
            if (side == kCodeSide) generator_->attention(widths[i], side);
            if (block > 0 || side == kCodeSide || side == kSide) continue;
            fuse_behind_.push_back(generator_->steps.size() - 1);
            fuse_.push_back(fuse->register_module(std::to_string(side), std::make_shared<FuseBlock>(widths[i])));
            fuse_flop_ += fuse_.back()->flop(side);
        }
        if (i == 0) break;
        generator_->add(std::make_shared<vqgan::Upsample>(in), side);
        side *= 2;
    }
    generator_->norm(in);
    generator_->conv(in, 3, side);
}

void CodeFormer::add_transformer(const CodeFormerOptions& options) {
    constexpr int64_t kTokens = kCodeSide * kCodeSide;
    const int64_t width = options.width;
    position_ = register_parameter("position_emb", at::zeros({kTokens, width}));
    feature_in_ = register_module("feat_emb", std::make_shared<Linear>(options.sizes.code_width, width));
    const auto list = add_holder(*this, "ft_layers"), last = add_holder(*this, "idx_pred_layer");
    for (int64_t i = 0; i < options.layers; i++) {
        layers_.push_back(list->register_module(std::to_string(i),
                                                std::make_shared<TransformerLayer>(width, options.heads, 2 * width)));
        flop_ += layers_.back()->flop(kTokens);
    }
    last_norm_ = last->register_module("0", std::make_shared<LayerNorm>(width));
    to_logits_ = last->register_module("1", std::make_shared<Linear>(width, options.sizes.codes, false));
    flop_ += 2 * kTokens * width * (options.sizes.code_width + options.sizes.codes);
}

CodeFormer::Encoded CodeFormer::encode(const Tensor& given, bool with_sides) const {
    BFR_CHECK(given.dim() == 4 && given.size(1) == 3 && given.size(2) == kSide && given.size(3) == kSide,
              "RGB pictures of {0}x{0} pixels are needed", kSide);
    Encoded result;
    Tensor x = given.contiguous(at::MemoryFormat::ChannelsLast);
    for (size_t i = 0; i < encoder_->steps.size(); i++) {
        x = encoder_->steps[i](x);
        if (with_sides && result.sides.size() < side_behind_.size() && i == side_behind_[result.sides.size()])
            result.sides.push_back(x);
    }
    result.features = x;
    return result;
}

Tensor CodeFormer::logits(const Tensor& features) const {
    Tensor x = feature_in_->forward(tokens_of(features));
    for (const auto& layer : layers_) x = layer->forward(x, position_);
    return to_logits_->forward(last_norm_->forward(x));
}

Tensor CodeFormer::best(const Tensor& logits) { return vqgan::first_largest(logits.reshape({-1, logits.size(2)})); }

Tensor CodeFormer::decode(const Tensor& indices, const Encoded& from, double w, bool adain) const {
    BFR_CHECK(w <= 0 || from.sides.size() == fuse_.size(), "the encoder's features are needed where w is {}", w);
    Tensor x = codebook_->pictures(indices, kCodeSide, kCodeSide);
    if (adain) x = with_style_of(x, from.features);
    size_t fused = 0;
    for (size_t i = 0; i < generator_->steps.size(); i++) {
        x = generator_->steps[i](x);
        if (w <= 0 || fused == fuse_.size() || i != fuse_behind_[fused]) continue;
        x = fuse_[fused]->forward(from.sides[from.sides.size() - 1 - fused], x, w);
        fused++;
    }
    return x;
}

Tensor CodeFormer::forward(const Tensor& x, double w, bool adain) const {
    const Encoded from = encode(x, w > 0);
    return decode(best(logits(from.features)), from, w, adain);
}

}  // namespace bfr::nets

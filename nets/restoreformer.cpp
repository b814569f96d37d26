#include "nets/restoreformer.h"

#include <torch/torch.h>

#include "base/error.h"

namespace bfr::nets {

using vqgan::add_conv;
using vqgan::conv_flop;

namespace {

constexpr const char* kShortcut = "nin_shortcut";

std::shared_ptr<vqgan::AttentionBlock> attention_block(int64_t channels, int64_t heads) {
    return std::make_shared<vqgan::AttentionBlock>(channels, heads, "norm1", "norm2");
}

}  // namespace

struct RestoreFormer::Level {
    std::vector<std::shared_ptr<vqgan::ResnetBlock>> blocks;
    std::vector<std::shared_ptr<vqgan::AttentionBlock>> attentions;  // behind each block, or none
    std::shared_ptr<vqgan::Downsample> down;
    std::shared_ptr<vqgan::Upsample> up;

    Level(torch::nn::Module& holder, int64_t in, int64_t out, int64_t count, int64_t heads) {
        const auto blocks_holder = add_holder(holder, "block");
        const auto attention_holder = add_holder(holder, "attn");
        for (int64_t i = 0; i < count; i++) {
            const std::string number = std::to_string(i);
            blocks.push_back(blocks_holder->register_module(
                number, std::make_shared<vqgan::ResnetBlock>(i == 0 ? in : out, out, kShortcut)));
            if (heads > 0) attentions.push_back(attention_holder->register_module(number, attention_block(out, heads)));
        }
    }
    // `asking`: whose queries the attentions take; its own where undefined.
    Tensor forward(Tensor x, const Tensor& asking) const {
        for (size_t i = 0; i < blocks.size(); i++) {
            x = blocks[i]->forward(x);
            if (!attentions.empty())
                x = asking.defined() ? attentions[i]->forward(x, asking) : attentions[i]->forward(x);
        }
        return x;
    }
    int64_t flop(int64_t side) const {
        int64_t sum = down ? down->flop(side) : up ? up->flop(side) : 0;
        for (const auto& block : blocks) sum += block->flop(side);
        for (const auto& attention : attentions) sum += attention->flop(side);
        return sum;
    }
};

struct RestoreFormer::Middle {
    Middle(torch::nn::Module& owner, int64_t width, int64_t heads) {
        const auto holder = add_holder(owner, "mid");
        first = holder->register_module("block_1", std::make_shared<vqgan::ResnetBlock>(width, width, kShortcut));
        attention = holder->register_module("attn_1", attention_block(width, heads));
        second = holder->register_module("block_2", std::make_shared<vqgan::ResnetBlock>(width, width, kShortcut));
    }
    int64_t flop(int64_t side) const { return first->flop(side) + attention->flop(side) + second->flop(side); }

    std::shared_ptr<vqgan::ResnetBlock> first, second;
    std::shared_ptr<vqgan::AttentionBlock> attention;
};

RestoreFormer::RestoreFormer(const RestoreFormerOptions& options) {
    const auto& sizes = options.sizes;
    BFR_CHECK(sizes.widths.size() == 6 && options.more_scales >= 0 && options.more_scales < 6,
              "six resolutions from 512 pixels to 16, not {}", sizes.widths.size());
    add_encoder(options);
    add_decoder(options);
    codebook_ = register_module("quantize", std::make_shared<vqgan::Codebook>(sizes.codes, sizes.code_width));
    quant_ = add_conv(*this, "quant_conv", sizes.code_width, sizes.code_width, 1);
    post_quant_ = add_conv(*this, "post_quant_conv", sizes.code_width, sizes.code_width, 1);
    flop_ += 2 * conv_flop(sizes.code_width, sizes.code_width, 1, vqgan::Sizes::kCodeSide) +
             conv_flop(sizes.code_width, sizes.codes, 1, vqgan::Sizes::kCodeSide);
}

RestoreFormer::~RestoreFormer() = default;

void RestoreFormer::add_encoder(const RestoreFormerOptions& options) {
    const auto& sizes = options.sizes;
    const auto encoder = add_holder(*this, "encoder"), levels = add_holder(*encoder, "down");
    conv_in_ = add_conv(*encoder, "conv_in", 3, sizes.widths[0], 3);
    flop_ += conv_flop(3, sizes.widths[0], 3, vqgan::Sizes::kSide);
    int64_t side = vqgan::Sizes::kSide, in = sizes.widths[0];
    for (size_t i = 0; i < sizes.widths.size(); i++) {
        const bool last = i + 1 == sizes.widths.size();
        const auto holder = add_holder(*levels, std::to_string(i));
        down_.emplace_back(*holder, in, sizes.widths[i], sizes.blocks, last ? options.heads : 0);
        in = sizes.widths[i];
        if (!last) down_.back().down = holder->register_module("downsample", std::make_shared<vqgan::Downsample>(in));
        flop_ += down_.back().flop(side);
        if (!last) side /= 2;
    }
    middle_ = std::make_unique<Middle>(*encoder, in, options.heads);
    norm_out_ = encoder->register_module("norm_out", std::make_shared<vqgan::GroupNorm>(in));
    conv_out_ = add_conv(*encoder, "conv_out", in, sizes.code_width, 3);
    flop_ += middle_->flop(side) + conv_flop(in, sizes.code_width, 3, side);
}

void RestoreFormer::add_decoder(const RestoreFormerOptions& options) {
    const auto& sizes = options.sizes;
    const auto decoder = add_holder(*this, "decoder"), levels = add_holder(*decoder, "up");
    int64_t side = vqgan::Sizes::kCodeSide, in = sizes.widths.back();
    decoder_in_ = add_conv(*decoder, "conv_in", sizes.code_width, in, 3);
    decoder_middle_ = std::make_unique<Middle>(*decoder, in, options.heads);
    flop_ += conv_flop(sizes.code_width, in, 3, side) + decoder_middle_->flop(side);
    for (size_t k = sizes.widths.size(); k-- > 0;) {
        const bool asks = static_cast<int64_t>(sizes.widths.size() - 1 - k) <= options.more_scales;
        const auto holder = add_holder(*levels, std::to_string(k));
        up_.emplace(up_.begin(), *holder, in, sizes.widths[k], sizes.blocks + 1, asks ? options.heads : 0);
        in = sizes.widths[k];
        if (k > 0) up_.front().up = holder->register_module("upsample", std::make_shared<vqgan::Upsample>(in));
        flop_ += up_.front().flop(side);
        if (k > 0) side *= 2;
    }
    decoder_norm_ = decoder->register_module("norm_out", std::make_shared<vqgan::GroupNorm>(in));
    to_rgb_ = add_conv(*decoder, "conv_out", in, 3, 3);
    flop_ += conv_flop(in, 3, 3, side);
}

RestoreFormer::Encoded RestoreFormer::encode(const Tensor& x) const {
    constexpr int64_t kSide = vqgan::Sizes::kSide;
    BFR_CHECK(x.dim() == 4 && x.size(1) == 3 && x.size(2) == kSide && x.size(3) == kSide,
              "RGB pictures of {0}x{0} pixels are needed", kSide);
    Encoded result;
    Tensor h = conv_in_->forward(x.contiguous(at::MemoryFormat::ChannelsLast));
    for (size_t i = 0; i < down_.size(); i++) {
        h = down_[i].forward(h, {});
        const bool last = i + 1 == down_.size();
        const bool asks = !last && !up_[i].attentions.empty();
        result.asking.push_back(asks ? h : Tensor());
        if (!last) h = down_[i].down->forward(h);
    }
    h = middle_->first->forward(h);
    result.asking.back() = h;
    result.middle = middle_->second->forward(middle_->attention->forward(h));
    result.z = quant_->forward(conv_out_->forward(norm_out_->with_swish(result.middle)));
    return result;
}

Tensor RestoreFormer::decode(const Tensor& quantised, const Encoded& from) const {
    Tensor h = decoder_middle_->first->forward(decoder_in_->forward(post_quant_->forward(quantised)));
    h = decoder_middle_->second->forward(decoder_middle_->attention->forward(h, from.middle));
    for (size_t i = up_.size(); i-- > 0;) {
        h = up_[i].forward(h, from.asking[i]);
        if (i > 0) h = up_[i].up->forward(h);
    }
    return to_rgb_->forward(decoder_norm_->with_swish_in_place(h));
}

Tensor RestoreFormer::forward(const Tensor& x) const {
    const Encoded from = encode(x);
    return decode(codebook_->pictures(codebook_->nearest(from.z), from.z.size(2), from.z.size(3)), from);
}

}  // namespace bfr::nets

#include "nets/adm_blocks.h"

#include <torch/torch.h>

#include <cmath>

#include "base/error.h"
#include "nets/init.h"
#include "nets/ops/attention.h"
#include "nets/ops/rearrange.h"

namespace bfr::nets {

using vqgan::conv_flop;

AdmNorm::AdmNorm(int64_t channels) {
    weight = register_parameter("weight", at::ones({channels}));
    bias = register_parameter("bias", at::zeros({channels}));
}

Tensor AdmNorm::modulated(const Tensor& x, const Tensor& scale, const Tensor& shift) const {
    const Tensor factor = 1 + scale;
    return group_norm(x, (factor * weight).contiguous(), (factor * bias + shift).contiguous(),
                      {.epsilon = kEpsilon, .swish = true, .in_place = true});
}

AdmResBlock::AdmResBlock(int64_t in, int64_t out, int64_t time_width) : in_(in), out_(out) {
    const auto first = add_holder(*this, "in_layers"), time = add_holder(*this, "emb_layers"),
               second = add_holder(*this, "out_layers");
    norm1_ = first->register_module("0", std::make_shared<AdmNorm>(in));
    conv1_ = vqgan::add_conv(*first, "2", in, out, 3);
    time_ = time->register_module("1", std::make_shared<Linear>(time_width, 2 * out));
    norm2_ = second->register_module("0", std::make_shared<AdmNorm>(out));
    conv2_ = vqgan::add_conv(*second, "3", out, out, 3);
    if (in != out) skip_ = vqgan::add_conv(*this, "skip_connection", in, out, 1);
}

Tensor AdmResBlock::forward(const Tensor& x, const Tensor& time) const {
    const Tensor both = time_->forward(time);
    const Tensor h =
        norm2_->modulated(conv1_->forward(norm1_->with_swish(x)), both.narrow(1, 0, out_), both.narrow(1, out_, out_));
    return conv2_->forward(h, {}, {skip_ ? skip_->forward(x) : x});
}

int64_t AdmResBlock::flop(int64_t side) const {
    return conv_flop(in_, out_, 3, side) + conv_flop(out_, out_, 3, side) + (skip_ ? conv_flop(in_, out_, 1, side) : 0);
}

AdmAttention::AdmAttention(int64_t channels, int64_t head_width) : channels_(channels), heads_(channels / head_width) {
    BFR_CHECK(channels % head_width == 0, "{} channels in heads of {}", channels, head_width);
    norm_ = register_module("norm", std::make_shared<AdmNorm>(channels));
    // torch.nn.Conv1d's names, shapes and initial values
    const double bound = 1 / std::sqrt(static_cast<double>(channels));
    const auto qkv = add_holder(*this, "qkv"), out = add_holder(*this, "proj_out");
    weight_ = qkv->register_parameter("weight", initial_uniform({3 * channels, channels, 1}, bound));
    bias_ = qkv->register_parameter("bias", initial_uniform({3 * channels}, bound));
    out_weight_ = out->register_parameter("weight", initial_uniform({channels, channels, 1}, bound));
    out_bias_ = out->register_parameter("bias", initial_uniform({channels}, bound));
}

Tensor AdmAttention::rows(const Tensor& of_all, int part) const {
    return of_all.view({heads_, 3, channels_ / heads_, -1}).select(1, part).reshape({channels_, -1});
}

void AdmAttention::prepare() {
    for (int part = 0; part < 3; part++) {
        packed_[part] = PackedConv(rows(weight_, part).view({channels_, channels_, 1, 1}));
        biases_[part] = rows(bias_, part).view({channels_}).contiguous();
    }
    packed_out_ = PackedConv(out_weight_.unsqueeze(3));
    release(weight_);
    release(out_weight_);
}

Tensor AdmAttention::forward(const Tensor& x) const {
    const Tensor normed = norm_->forward(x);
    Tensor of[3];
    for (int part = 0; part < 3; part++) {
        of[part] = packed_out_.defined()
                       ? tokens_of(packed_[part](normed, {}, {}, {.bias = biases_[part], .activate = false}))
                       : at::linear(tokens_of(normed), rows(weight_, part), rows(bias_, part).view({channels_}));
    }
    const Tensor found = attention(of[0], of[1], of[2], heads_);
    const auto picture = [&](const Tensor& tokens) { return picture_of(tokens, x.size(2), x.size(3)); };
    if (!packed_out_.defined()) return x + picture(at::linear(found, out_weight_.squeeze(2), out_bias_));
    return packed_out_(picture(found), {}, {}, {.bias = out_bias_, .activate = false, .add = {x}});
}

int64_t AdmAttention::flop(int64_t side) const {
    return 4 * conv_flop(channels_, channels_, 1, side) + 4 * side * side * side * side * channels_;
}

void AdmBlock::add_conv(int64_t in, int64_t out) {
    const auto conv = vqgan::add_conv(*this, next(), in, out, 3);
    steps_.push_back({[conv](const Tensor& x, const Tensor&) { return conv->forward(x); },
                      [in, out](int64_t side) { return conv_flop(in, out, 3, side); }});
}

void AdmBlock::add_residual(int64_t in, int64_t out, int64_t time_width) {
    const auto block = register_module(next(), std::make_shared<AdmResBlock>(in, out, time_width));
    steps_.push_back({[block](const Tensor& x, const Tensor& time) { return block->forward(x, time); },
                      [block](int64_t side) { return block->flop(side); }});
}

void AdmBlock::add_attention(int64_t channels, int64_t head_width) {
    const auto block = register_module(next(), std::make_shared<AdmAttention>(channels, head_width));
    steps_.push_back({[block](const Tensor& x, const Tensor&) { return block->forward(x); },
                      [block](int64_t side) { return block->flop(side); }});
}

void AdmBlock::add_downsample(int64_t channels) {
    const NormedConvOptions options{.kernel = 3, .stride = 2, .border = {1, 1}, .bias = true};
    const auto conv =
        add_holder(*this, next())->register_module("op", std::make_shared<NormedConv>(channels, channels, options));
    steps_.push_back({[conv](const Tensor& x, const Tensor&) { return conv->forward(x); },
                      [channels](int64_t side) { return conv_flop(channels, channels, 3, side / 2); }});
}

void AdmBlock::add_upsample(int64_t channels) {
    const auto layer = register_module(next(), std::make_shared<vqgan::Upsample>(channels));
    steps_.push_back({[layer](const Tensor& x, const Tensor&) { return layer->forward(x); },
                      [layer](int64_t side) { return layer->flop(side); }});
}

Tensor AdmBlock::forward(const Tensor& given, const Tensor& time) const {
    Tensor x = given;
    for (const auto& step : steps_) x = step.forward(x, time);
    return x;
}

int64_t AdmBlock::flop(int64_t side) const {
    int64_t sum = 0;
    for (const auto& step : steps_) sum += step.flop(side);
    return sum;
}

}  // namespace bfr::nets

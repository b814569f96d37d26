#include "nets/transformer_layer.h"

#include <torch/torch.h>

#include <cmath>

#include "nets/init.h"
#include "nets/ops/attention.h"

namespace bfr::nets {

namespace {

// Tokens are the pixels of a picture of one line.
Tensor through(const PackedConv& packed, const Tensor& x, const Tensor& bias) {
    const int64_t rows = x.size(0) * x.size(1);
    const Tensor line = picture_of(x.contiguous().view({1, rows, x.size(2)}), 1, rows);
    return tokens_of(packed(line, {}, {}, {.bias = bias, .activate = false})).view({x.size(0), x.size(1), -1});
}

}  // namespace

LayerNorm::LayerNorm(int64_t width) {
    weight = register_parameter("weight", at::ones({width}));
    bias = register_parameter("bias", at::zeros({width}));
}

Tensor LayerNorm::forward(const Tensor& x) const { return at::layer_norm(x, {weight.size(0)}, weight, bias); }

SelfAttention::SelfAttention(int64_t width, int64_t heads) : width_(width), heads_(heads) {
    const double bound = std::sqrt(6.0 / static_cast<double>(4 * width));
    weight_ = register_parameter("in_proj_weight", initial_uniform({3 * width, width}, bound));
    bias_ = register_parameter("in_proj_bias", at::zeros({3 * width}));
    out_ = register_module("out_proj", std::make_shared<Linear>(width, width));
}

void SelfAttention::prepare() {
    const auto packed = [&](int64_t first, int64_t rows) {
        return PackedConv(weight_.narrow(0, first, rows).view({rows, width_, 1, 1}));
    };
    queries_and_keys_ = packed(0, 2 * width_);
    values_ = packed(2 * width_, width_);
    release(weight_);
}

Tensor SelfAttention::forward(const Tensor& for_queries_and_keys, const Tensor& for_values) const {
    const Tensor first_bias = bias_.narrow(0, 0, 2 * width_), bias = bias_.narrow(0, 2 * width_, width_);
    Tensor both, v;
    if (values_.defined()) {
        both = through(queries_and_keys_, for_queries_and_keys, first_bias);
        v = through(values_, for_values, bias);
    } else {
        both = at::linear(for_queries_and_keys, weight_.narrow(0, 0, 2 * width_), first_bias);
        v = at::linear(for_values, weight_.narrow(0, 2 * width_, width_), bias);
    }
    return out_->forward(attention(both.narrow(2, 0, width_), both.narrow(2, width_, width_), v, heads_));
}

TransformerLayer::TransformerLayer(int64_t width, int64_t heads, int64_t hidden) : width_(width), hidden_(hidden) {
    attention_ = register_module("self_attn", std::make_shared<SelfAttention>(width, heads));
    linear1_ = register_module("linear1", std::make_shared<Linear>(width, hidden));
    linear2_ = register_module("linear2", std::make_shared<Linear>(hidden, width));
    norm1_ = register_module("norm1", std::make_shared<LayerNorm>(width));
    norm2_ = register_module("norm2", std::make_shared<LayerNorm>(width));
}

Tensor TransformerLayer::forward(const Tensor& given, const Tensor& position) const {
    const Tensor normed = norm1_->forward(given);
    const Tensor x = given + attention_->forward(normed + position, normed);
    return x + linear2_->forward(at::gelu(linear1_->forward(norm2_->forward(x))));
}

int64_t TransformerLayer::flop(int64_t tokens) const {
    return 2 * tokens * (4 * width_ * width_ + 2 * width_ * hidden_) + 4 * tokens * tokens * width_;
}

}  // namespace bfr::nets

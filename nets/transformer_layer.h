// A layer of a transformer's encoder, norms first, with a position embedding that queries and keys get and values don't
// (Carion et al., "End-to-End Object Detection with Transformers", arXiv 2005.12872; CodeFormer). Keys of
// torch.nn.MultiheadAttention, Linear and LayerNorm.
#pragma once

#include <torch/nn/module.h>

#include <memory>

#include "nets/linear.h"

namespace bfr::nets {

struct LayerNorm : torch::nn::Module {
    explicit LayerNorm(int64_t width);
    Tensor forward(const Tensor& x) const;
    Tensor weight, bias;
};

// self_attn: in_proj_weight has the rows of queries, keys and values, one behind the other.
struct SelfAttention : torch::nn::Module, Preparable {
    SelfAttention(int64_t width, int64_t heads);
    // (B, N, width) all.
    Tensor forward(const Tensor& for_queries_and_keys, const Tensor& for_values) const;
    void prepare() override;

  private:
    int64_t width_, heads_;
    Tensor weight_, bias_;
    PackedConv queries_and_keys_, values_;
    std::shared_ptr<Linear> out_;
};

struct TransformerLayer : torch::nn::Module {
    TransformerLayer(int64_t width, int64_t heads, int64_t hidden);
    // x: (B, N, width); position: (N, width).
    Tensor forward(const Tensor& x, const Tensor& position) const;
    int64_t flop(int64_t tokens) const;

  private:
    int64_t width_, hidden_;
    std::shared_ptr<SelfAttention> attention_;
    std::shared_ptr<LayerNorm> norm1_, norm2_;
    std::shared_ptr<Linear> linear1_, linear2_;
};

}  // namespace bfr::nets

// What the U-Net of image diffusion is made of (nets/adm_unet.h). All take and give (B, C, H, W), channels-last once
// prepared. flop(side): of one picture of that side (nets/flop.h).
#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <string>
#include <vector>

#include "nets/linear.h"
#include "nets/ops/group_norm.h"
#include "nets/vqgan_blocks.h"

namespace bfr::nets {

// Of 32 groups.
struct AdmNorm : torch::nn::Module {
    explicit AdmNorm(int64_t channels);
    Tensor forward(const Tensor& x) const { return group_norm(x, weight, bias, {.epsilon = kEpsilon}); }
    Tensor with_swish(const Tensor& x) const {
        return group_norm(x, weight, bias, {.epsilon = kEpsilon, .swish = true});
    }
    // Then times 1 + scale, plus shift, (B, C) each, before the activation; of a picture that nobody else reads.
    Tensor modulated(const Tensor& x, const Tensor& scale, const Tensor& shift) const;
    static constexpr double kEpsilon = 1e-5;
    Tensor weight, bias;
};

struct AdmResBlock : torch::nn::Module {
    AdmResBlock(int64_t in, int64_t out, int64_t time_width);
    // time: (B, time_width), after its activation.
    Tensor forward(const Tensor& x, const Tensor& time) const;
    int64_t flop(int64_t side) const;

  private:
    int64_t in_, out_;
    std::shared_ptr<AdmNorm> norm1_, norm2_;
    std::shared_ptr<NormedConv> conv1_, conv2_, skip_;
    std::shared_ptr<Linear> time_;
};

// Between all pixels of a picture. `qkv` has each head's queries, keys and values one behind the other.
struct AdmAttention : torch::nn::Module, Preparable {
    AdmAttention(int64_t channels, int64_t head_width);
    Tensor forward(const Tensor& x) const;
    int64_t flop(int64_t side) const;
    void prepare() override;

  private:
    Tensor rows(const Tensor& of_all, int part) const;  // of queries, keys or values, head by head

    int64_t channels_, heads_;
    std::shared_ptr<AdmNorm> norm_;
    Tensor weight_, bias_, out_weight_, out_bias_;
    PackedConv packed_[3], packed_out_;
    Tensor biases_[3];
};

// What stands under one number in the published keys: a residual block or a convolution first, then perhaps attention,
// then perhaps twice the size.
struct AdmBlock : torch::nn::Module {
    void add_conv(int64_t in, int64_t out);
    void add_residual(int64_t in, int64_t out, int64_t time_width);
    void add_attention(int64_t channels, int64_t head_width);
    void add_downsample(int64_t channels);  // by half
    void add_upsample(int64_t channels);    // by two

    Tensor forward(const Tensor& x, const Tensor& time) const;
    // `side`: of the picture that it gets.
    int64_t flop(int64_t side) const;

  private:
    std::string next() const { return std::to_string(steps_.size()); }

    struct Step {
        std::function<Tensor(const Tensor& x, const Tensor& time)> forward;
        std::function<int64_t(int64_t side)> flop;
    };
    std::vector<Step> steps_;
};

}  // namespace bfr::nets

// What autoencoders with a codebook are made of (Esser, Rombach and Ommer, "Taming Transformers for High-Resolution
// Image Synthesis", CVPR 2021): RestoreFormer, RestoreFormer++ and CodeFormer share it, and differ in names and in what
// goes on between the codebook and the picture. All take and give (B, C, H, W), channels-last once prepared.
// flop(side): of one picture of that side, convolutions and products of matrices, a multiply-add counted as two
// (nets/flop.h).
#pragma once

#include <torch/nn/module.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "nets/normed_conv.h"
#include "nets/ops/group_norm.h"

namespace bfr::nets::vqgan {

// Widths and depths that all of them share.
struct Sizes {
    std::vector<int64_t> widths = {64, 128, 128, 256, 256, 512};  // from 512 pixels a side to 16
    int64_t blocks = 2;  // of a resolution, on the way down; RestoreFormer has one more on the way up
    int64_t code_width = 256, codes = 1024;
    static constexpr int64_t kSide = 512, kCodeSide = 16;
};

// A convolution that keeps the picture's size, below `owner`.
std::shared_ptr<NormedConv> add_conv(torch::nn::Module& owner, const std::string& name, int64_t in, int64_t out,
                                     int64_t kernel);
inline int64_t conv_flop(int64_t in, int64_t out, int64_t kernel, int64_t side) {
    return 2 * in * out * kernel * kernel * side * side;
}

struct GroupNorm : torch::nn::Module {
    explicit GroupNorm(int64_t channels);
    Tensor forward(const Tensor& x) const { return group_norm(x, weight, bias, {}); }
    Tensor with_swish(const Tensor& x) const { return group_norm(x, weight, bias, {.swish = true}); }
    // Of a picture that nobody else reads.
    Tensor with_swish_in_place(const Tensor& x) const {
        return group_norm(x, weight, bias, {.swish = true, .in_place = true});
    }
    Tensor weight, bias;
};

struct ResnetBlock : torch::nn::Module {
    // `shortcut`: the key of the 1x1 convolution past it, which is there where in != out.
    ResnetBlock(int64_t in, int64_t out, const std::string& shortcut);
    Tensor forward(const Tensor& x) const;
    int64_t flop(int64_t side) const;

  private:
    int64_t in_, out_;
    std::shared_ptr<GroupNorm> norm1_, norm2_;
    std::shared_ptr<NormedConv> conv1_, conv2_, shortcut_;
};

// Between all pixels of a picture, or from those of another one of its size, whose queries look it up.
struct AttentionBlock : torch::nn::Module {
    // `norm`: its key; `norm_of_queries`: of the other picture's, "" where there is never another one.
    AttentionBlock(int64_t channels, int64_t heads, const std::string& norm, const std::string& norm_of_queries = "");
    Tensor forward(const Tensor& x) const;
    Tensor forward(const Tensor& x, const Tensor& asking) const;
    int64_t flop(int64_t side) const;

  private:
    Tensor attend(const Tensor& queries, const Tensor& normed, const Tensor& x) const;

    int64_t channels_, heads_;
    std::shared_ptr<GroupNorm> norm_, norm_of_queries_;
    std::shared_ptr<NormedConv> q_, k_, v_, out_;
};

// Half the size: a 3x3 convolution of stride 2, with zeros at the right and below.
struct Downsample : torch::nn::Module {
    explicit Downsample(int64_t channels);
    Tensor forward(const Tensor& x) const { return conv_->forward(x); }
    int64_t flop(int64_t side) const { return conv_flop(channels_, channels_, 3, side / 2); }

  private:
    int64_t channels_;
    std::shared_ptr<NormedConv> conv_;
};

// Twice the size: every pixel four times, then a 3x3 convolution.
struct Upsample : torch::nn::Module {
    explicit Upsample(int64_t channels);
    Tensor forward(const Tensor& x) const;
    int64_t flop(int64_t side) const { return conv_flop(channels_, channels_, 3, 2 * side); }

  private:
    int64_t channels_;
    std::shared_ptr<NormedConv> conv_;
};

// Codes that stand for a picture's parts: `embedding.weight`.
struct Codebook : torch::nn::Module, Preparable {
    Codebook(int64_t codes, int64_t width);
    // (B, width, H, W) -> (B H W, codes): squared distances, less what all codes of a pixel have in common.
    Tensor distances(const Tensor& x) const;
    // (B H W) int64, of the nearest code, of equally near ones the first; pixels row by row.
    Tensor nearest(const Tensor& x) const;
    // The codes of these indices: (B, width, H, W).
    Tensor pictures(const Tensor& indices, int64_t height, int64_t width) const;
    void prepare() override;
    Tensor weight;  // (codes, width)

  private:
    PackedConv packed_;
    Tensor squares_;  // (codes)
};

// The place of each row's largest number, of equal ones the first: (N, M) -> (N) int64. Throws Error where one isn't
// finite: a code would be found for it too, and nobody would know.
Tensor first_largest(const Tensor& rows);

// prepare_for_inference(), and Winograd's form kept (keep_points.h) of the layers that are small enough for it: of a
// layer at 16x16 pixels it is more memory to read than it saves in arithmetic.
void prepare(torch::nn::Module& net, const std::function<void()>& after_each = {});

}  // namespace bfr::nets::vqgan

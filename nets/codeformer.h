// CodeFormer (Zhou et al., NeurIPS 2022): a transformer reads off a degraded face's features which codes of a
// high-quality codebook it shows; the decoder takes as much of the features as `w` says. Source: sczhou/CodeFormer at
// b33cc7d, basicsr/archs/codeformer_arch.py and vqgan_arch.py. Keys as published.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "nets/vqgan_blocks.h"

namespace bfr::nets {

struct CodeFormerOptions {
    int64_t heads = 8, layers = 9, width = 512;  // of the transformer
    vqgan::Sizes sizes = {};
};

struct FuseBlock;
struct LayerNorm;
struct Linear;
struct TransformerLayer;

class CodeFormer : public torch::nn::Module {
  public:
    explicit CodeFormer(const CodeFormerOptions& options);
    ~CodeFormer() override;

    struct Encoded {
        Tensor features;            // (B, 256, 16, 16)
        std::vector<Tensor> sides;  // what the decoder may take, from 256 pixels to 32; empty where it isn't wanted
    };
    // x: (B, 3, 512, 512) RGB in [-1, 1].
    Encoded encode(const Tensor& x, bool with_sides) const;
    // features -> (B, 256, codes): how much each code is meant at each place, row by row.
    Tensor logits(const Tensor& features) const;
    // (B 256) int64: the largest logit's code, of equal ones the first.
    static Tensor best(const Tensor& logits);
    // w: 0 (the codes alone) to 1; `adain`: the codes get the features' mean and deviation, channel by channel.
    // (B, 3, 512, 512), about [-1, 1].
    Tensor decode(const Tensor& indices, const Encoded& from, double w, bool adain) const;
    Tensor forward(const Tensor& x, double w, bool adain) const;
    int64_t flop(double w) const { return flop_ + (w > 0 ? fuse_flop_ : 0); }  // of one picture

  private:
    // Layers of which the published keys say the number alone.
    struct Chain;
    void add_encoder(const CodeFormerOptions& options);
    void add_generator(const CodeFormerOptions& options);
    void add_transformer(const CodeFormerOptions& options);

    std::unique_ptr<Chain> encoder_, generator_;
    std::vector<size_t> side_behind_, fuse_behind_;  // numbers of layers, from 256 pixels to 32 and back
    std::vector<std::shared_ptr<FuseBlock>> fuse_;   // from 32 pixels to 256
    Tensor position_;
    std::vector<std::shared_ptr<TransformerLayer>> layers_;
    std::shared_ptr<Linear> feature_in_, to_logits_;
    std::shared_ptr<LayerNorm> last_norm_;
    std::shared_ptr<vqgan::Codebook> codebook_;
    int64_t flop_ = 0, fuse_flop_ = 0;
};

}  // namespace bfr::nets

// RestoreFormer (Wang et al., CVPR 2022) and RestoreFormer++ (Wang et al., TPAMI 2023): an encoder asks, codes of a
// high-quality dictionary answer. Source: wzhouxiff/RestoreFormerPlusPlus at 59d250f,
// RestoreFormer/modules/vqvae/vqvae_arch.py (VQVAEGANMultiHeadTransformer); GFPGAN's gfpgan/archs/restoreformer_arch.py
// is the same network. Keys as published, without the prefix `vqvae.`.
#pragma once

#include <memory>
#include <vector>

#include "nets/vqgan_blocks.h"

namespace bfr::nets {

struct RestoreFormerOptions {
    int64_t heads = 8;
    // Resolutions above 16x16 at which the decoder asks the encoder too.
    int64_t more_scales = 0;
    vqgan::Sizes sizes = {};

    static RestoreFormerOptions plus_plus() { return {.heads = 4, .more_scales = 1}; }
};

class RestoreFormer : public torch::nn::Module {
  public:
    explicit RestoreFormer(const RestoreFormerOptions& options);
    ~RestoreFormer() override;

    struct Encoded {
        Tensor z;       // (B, 256, 16, 16): what the codebook is asked for
        Tensor middle;  // (B, 512, 16, 16): the encoder's features, whose queries the decoder's middle takes
        std::vector<Tensor> asking;  // the queries' of each resolution on the way up; undefined where there are none
    };
    // x: (B, 3, 512, 512) RGB in [-1, 1].
    Encoded encode(const Tensor& x) const;
    const vqgan::Codebook& codebook() const { return *codebook_; }
    // quantised: (B, 256, 16, 16) -> (B, 3, 512, 512), about [-1, 1].
    Tensor decode(const Tensor& quantised, const Encoded& from) const;
    Tensor forward(const Tensor& x) const;
    int64_t flop() const { return flop_; }  // of one picture

  private:
    struct Level;
    struct Middle;
    void add_encoder(const RestoreFormerOptions& options);
    void add_decoder(const RestoreFormerOptions& options);

    std::shared_ptr<NormedConv> conv_in_, conv_out_, decoder_in_, to_rgb_, quant_, post_quant_;
    std::vector<Level> down_, up_;  // both from 512 pixels to 16
    std::unique_ptr<Middle> middle_, decoder_middle_;
    std::shared_ptr<vqgan::GroupNorm> norm_out_, decoder_norm_;
    std::shared_ptr<vqgan::Codebook> codebook_;
    int64_t flop_ = 0;
};

}  // namespace bfr::nets

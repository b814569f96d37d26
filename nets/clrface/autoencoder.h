// CLR-Face's vector-quantised autoencoder (Suin and Chellappa, arXiv 2402.06106), a re-implementation from the paper's
// description: a latent that is four times smaller than the picture, of VQGAN's blocks, without attention. The latent
// that a diffusion learns is the continuous one, before the codebook, brought to mean zero and deviation one.
#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <vector>

#include "nets/vqgan_blocks.h"
#include "weights/state_dict/state_dict.h"

namespace bfr::nets::clrface {

struct AutoencoderOptions {
    int64_t patch = 1;  // pixels a side that the first convolution takes as one: the channels below are of patches
    int64_t width = 128;
    std::vector<int64_t> multipliers = {1, 2, 4};  // of a level's channels; each level but the first has half the size
    int64_t blocks = 2;                            // residual ones of a level, and as many on the way up
    int64_t code_width = 3, codes = 8192;

    static constexpr int64_t kFactor = 4;  // patch times 2^(levels - 1)
    int64_t channels(size_t level) const { return width * multipliers.at(level); }
};

class Autoencoder : public torch::nn::Module {
  public:
    // Throws Error where the patch and the levels don't make kFactor, or channels no groups of 32.
    explicit Autoencoder(const AutoencoderOptions& options);

    // (B, 3, H, W) RGB in [-1, 1], sides multiples of 4 -> (B, code_width, H/4, W/4), as the codebook has it.
    Tensor encoded(const Tensor& picture) const;
    // (B, code_width, h, w) as the codebook has it -> (B, 3, 4 h, 4 w) about [-1, 1], not clamped.
    Tensor decoded(const Tensor& latent) const;
    // The codes that are nearest: (B h w) int64, and the latent that they make.
    Tensor nearest(const Tensor& latent) const;
    Tensor of_codes(const Tensor& indices, int64_t height, int64_t width) const;

    // Between the codebook's numbers and those of mean zero and deviation one.
    Tensor normalised(const Tensor& latent) const { return (latent - mean) / deviation; }
    Tensor restored(const Tensor& normalised) const { return normalised * deviation + mean; }

    // What most callers want: a picture's normalised latent, and the picture of one. `quantised`: by its nearest codes,
    // straight through for gradients.
    Tensor latent(const Tensor& picture) const { return normalised(encoded(picture)); }
    Tensor picture(const Tensor& normalised, bool quantised) const;

    // Of one picture of `side` pixels.
    int64_t encoder_flop(int64_t side) const;
    int64_t decoder_flop(int64_t side) const;  // without the search for codes

    const AutoencoderOptions& options() const { return options_; }
    vqgan::Codebook& codebook() { return *codebook_; }

    Tensor mean, deviation;  // (1, code_width, 1, 1); 0 and 1 until a training measured them

  private:
    struct Level {
        std::vector<std::shared_ptr<vqgan::ResnetBlock>> blocks;
        std::shared_ptr<vqgan::Downsample> down;
        std::shared_ptr<vqgan::Upsample> up;
    };
    void add_encoder();
    void add_decoder();

    AutoencoderOptions options_;
    std::shared_ptr<NormedConv> first_, to_code_, from_code_, last_;
    std::shared_ptr<vqgan::GroupNorm> encoder_norm_, decoder_norm_;
    std::vector<Level> down_, up_;  // up_ from the smallest size
    std::shared_ptr<vqgan::Codebook> codebook_;
};

// Its sizes, read off the shapes of its tensors below `source`'s prefix. Throws Error naming `source` where one is
// missing or tells what no such network has.
AutoencoderOptions autoencoder_sizes(const StateDict& tensors, const std::string& source);

}  // namespace bfr::nets::clrface

// VSPBFR's networks as they are trained: their sizes, and what one stage hands to the next.
#pragma once

#include "nets/compact_style_encoder.h"
#include "nets/stylegan2_generator.h"
#include "nets/vspbfr_code_diffuser.h"
#include "nets/vspbfr_restoration.h"
#include "train/stage_options.h"

namespace bfr::train {

struct SystemSizes {
    nets::CompactStyleEncoderOptions encoder;  // encoder and bank as the stages prior and style-encoder make them
    nets::StyleGan2Options bank;
    nets::CodeDiffuserOptions diffuser;
    nets::RestorationOptions restoration;
};
// By default compact-128: 128x128 pixels, at most six million numbers in all.
struct CompactSizes {
    int64_t size = 128, width = 128;    // pixels; numbers in a code
    int64_t base = 64, multiplier = 2;  // channels up to 32 pixels, and as ChannelTable has it
    int64_t linear = 512;               // numbers of the codes that carry a small picture
    int64_t blocks = 4;                 // of the code diffuser
    int64_t branches = 4;               // of a SMART layer, with dilation rates 1, 2, 4, 8; 1: a plain convolution
    int64_t mapping = 2;                // layers of the restoration net's mapping network
    bool residual = true;               // the diffuser predicts a difference from its condition
};
SystemSizes compact_system(const CompactSizes& wanted = {});

// What the options of each of the system's stages begin with. Throws UsageError for a size that isn't a power of two.
SystemSizes read_common(StageReader& reader, StageSetup& setup, OptimiserOptions& optimiser, PictureWeights& weights);

// The picture that the style encoder gets.
at::Tensor encoder_picture(const at::Tensor& picture, int64_t side);

// (B, codes, width): what the encoder's layers and the bank's straight path say of a picture.
at::Tensor codes_of(const nets::CodeEncoder& encoder, const nets::StyleGan2& bank, const at::Tensor& picture,
                    int64_t encoder_side);

}  // namespace bfr::train

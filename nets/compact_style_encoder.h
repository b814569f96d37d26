// A small style encoder for small pictures, of this project: StyleGAN2's residual blocks, and codes from three scales.
// It takes the place of Encoder4Editing (style_encoder.h), whose one code costs more numbers than a compact network
// has.
#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <vector>

#include "nets/code_encoder.h"
#include "nets/stylegan2_layers.h"

namespace bfr::nets {

struct CompactStyleEncoderOptions {
    int64_t input = 64;                                    // side of the picture
    std::vector<int64_t> widths = {32, 64, 96, 128, 128};  // at the input's size, half of it ... a sixteenth
    int64_t features = 1024;                               // numbers that a scale's codes are made of
    int64_t rank = 96;                                     // and how many of them at once
    int64_t style_width = 128;
    int64_t codes = 12;
};

struct CompactStyleEncoder : CodeEncoder {
    explicit CompactStyleEncoder(const CompactStyleEncoderOptions& options);
    // About a third of the codes, the first ones, comes from the coarsest scale, a third from each of the two finer
    // ones.
    Tensor forward(const Tensor& x) const override;

  private:
    struct Head {
        std::shared_ptr<ConvLayer> reduce;
        std::shared_ptr<EqualLinear> shared, codes;
    };
    CompactStyleEncoderOptions options_;
    std::shared_ptr<ConvLayer> first_;
    std::vector<std::shared_ptr<ResidualDown>> blocks_;
    std::vector<Head> heads_;  // from the coarsest scale to the finest
};

}  // namespace bfr::nets

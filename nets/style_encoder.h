// Encoder4Editing: a face to W+ codes, a first code and a delta for each further one. Source: Tov et al., arXiv
// 2102.02766, as VSPBFR carries it (LonglongaaaGo/VSPBFR at e1f9987, e4e/models/encoders/psp_encoders.py).
#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <vector>

#include "nets/code_encoder.h"
#include "nets/ir_se50.h"
#include "nets/stylegan2_layers.h"

namespace bfr::nets {

struct GradualStyleBlock;

struct StyleEncoderOptions {
    IrSeOptions trunk;
    int64_t style_width = 512;
    int64_t codes = 18;
    int64_t coarse = 3;   // codes below this one come from the coarsest features,
    int64_t middle = 7;   // below this one from the middle ones
    int64_t input = 256;  // side of the picture
};

struct StyleEncoder : CodeEncoder {
    explicit StyleEncoder(const StyleEncoderOptions& options);
    ~StyleEncoder() override;
    Tensor forward(const Tensor& x) const override;

  private:
    StyleEncoderOptions options_;
    IrSeTrunk trunk_;
    std::vector<std::shared_ptr<GradualStyleBlock>> styles_;
    std::shared_ptr<torch::nn::Module> latlayer1_, latlayer2_;
};

}  // namespace bfr::nets

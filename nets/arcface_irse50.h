// IR-SE-50 of ArcFace with its embedding: identity in pSp and e4e, and in what was built on them. Source:
// eladrich/pixel2style2pixel at 5cfff38, models/encoders/model_irse.py (Backbone, 112, 50, "ir_se", affine output;
// LonglongaaaGo/VSPBFR carries the same file), after TreB1eN/InsightFace_Pytorch.
#pragma once

#include <torch/nn/module.h>

#include <memory>

#include "nets/embedding.h"
#include "nets/ir_se50.h"

namespace bfr::nets {

struct ArcFaceIrSe50 : torch::nn::Module {
    static constexpr int64_t kSide = 112;

    ArcFaceIrSe50();
    // x: (B, 3, 112, 112) RGB in [-1, 1]. The last map, (B, 512, 7, 7).
    Tensor features(const Tensor& x) const;
    // (B, 512) from such maps, before it's given the length one.
    Tensor embed(const Tensor& features) const { return embedding_->forward(features); }
    // (B, 512), of length one.
    Tensor forward(const Tensor& x) const;

  private:
    IrSeTrunk trunk_;
    std::shared_ptr<Embedding> embedding_;
};

}  // namespace bfr::nets

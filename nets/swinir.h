// SwinIR (Liang et al., ICCV Workshops 2021) as DifFace has it: a degraded face at an eighth of its size through
// residual groups of Swin transformer blocks, and back by nearest upsampling and convolutions. Source: zsyOAOA/DifFace
// at 5c9ab80, models/swinir.py, configs/sample/iddpm_ffhq512_swinir.yaml. Keys as published. `attn_mask` of the shifted
// blocks follows from the picture's size: it is loaded, and worked out again for each size.
#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <vector>

#include "nets/normed_conv.h"

namespace bfr::nets {

struct SwinIrOptions {
    int64_t width = 180, groups = 8, blocks = 6, heads = 6, window = 8, hidden = 360;
    int64_t features = 64;    // of the convolutions at the end
    int64_t trained_at = 64;  // pixels a side of the tokens' picture for which attn_mask is stored
    static constexpr int64_t kShrink = 8;
};

struct LayerNorm;
struct SwinGroup;

class SwinIr : public torch::nn::Module {
  public:
    explicit SwinIr(const SwinIrOptions& options);
    ~SwinIr() override;

    // What the golden values name, on the way: features are (B, width, H / 8, W / 8).
    struct Steps {
        Tensor first, after_body;
        Tensor layer0;  // (B, H W / 64, width)
    };
    // x: (B, 3, H, W) RGB in [0, 1], sides multiples of 64 -> the same, about [0, 1]. `steps`: filled where given.
    Tensor forward(const Tensor& x, Steps* steps = nullptr) const;
    // Of one picture of this size.
    int64_t flop(int64_t height, int64_t width) const;

  private:
    using Conv = std::shared_ptr<NormedConv>;
    Tensor body(const Tensor& first, Steps* steps) const;

    SwinIrOptions options_;
    Conv first_, after_body_, before_up_, up_[3], high_, last_;
    std::shared_ptr<LayerNorm> norm_before_, norm_after_;
    std::vector<std::shared_ptr<SwinGroup>> groups_;
};

}  // namespace bfr::nets

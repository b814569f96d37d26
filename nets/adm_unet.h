// The U-Net of image diffusion (Dhariwal and Nichol, "Diffusion Models Beat GANs on Image Synthesis", NeurIPS 2021) as
// DifFace has it. It differs from its original in that each level has a number of residual blocks of its own, and that
// attention is asked for by a picture's side and not by a factor. Source: zsyOAOA/DifFace at 5c9ab80, models/unet.py,
// models/basic_ops.py, configs/sample/iddpm_ffhq512_swinir.yaml. Keys as published.
#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <vector>

#include "nets/ops/group_norm.h"
#include "nets/vqgan_blocks.h"

namespace bfr::nets {

struct AdmUnetOptions {
    int64_t side = 512;  // that it was made for: decides which levels have attention
    int64_t in = 3, out = 6;
    int64_t width = 32;
    std::vector<int64_t> widths = {1, 2, 4, 8, 8, 16, 16};  // of a level, times `width`
    std::vector<int64_t> blocks = {1, 2, 2, 2, 2, 3, 4};    // of a level on the way down; one more on the way up
    std::vector<int64_t> attention = {32, 16, 8};           // sides
    int64_t head_width = 64;

    int64_t time_width() const { return 4 * width; }
};

struct AdmBlock;
struct AdmNorm;
struct Linear;

class AdmUnet : public torch::nn::Module {
  public:
    explicit AdmUnet(const AdmUnetOptions& options);
    ~AdmUnet() override;

    // (B) -> (B, time_width).
    Tensor embed(const Tensor& times) const;
    // What the golden values name, on the way.
    struct Steps {
        Tensor time, middle;
        std::vector<Tensor> inputs;  // after each of input_blocks
    };
    // x: (B, in, H, W), sides multiples of 2^(levels - 1); times: (B) float32, steps of the diffusion that it was
    // trained with, which needn't be whole. -> (B, out, H, W): of DifFace's, the noise and then how far the step's log
    // variance lies from the posterior's, -1, to beta's, 1. `steps`: filled where given.
    Tensor forward(const Tensor& x, const Tensor& times, Steps* steps = nullptr) const;
    // Of one picture of options.side.
    int64_t flop() const { return flop_; }

  private:
    void add_down();
    void add_up();

    AdmUnetOptions options_;
    std::vector<int64_t> kept_;        // while it is built: channels of what the way up takes from the way down
    int64_t channels_ = 0, side_ = 0;  // the same, of the block that is added next
    int64_t flop_ = 0;
    std::shared_ptr<Linear> time_first_, time_second_;
    std::vector<std::shared_ptr<AdmBlock>> inputs_, outputs_;
    std::shared_ptr<AdmBlock> middle_;
    std::shared_ptr<AdmNorm> last_norm_;
    std::shared_ptr<NormedConv> last_;
};

}  // namespace bfr::nets

// The losses of a picture against its clean one, weighted and added up.
#pragma once

#include <memory>

#include "train/losses/identity.h"
#include "train/losses/perceptual.h"
#include "train/stage.h"

namespace bfr::train {

// What judges pictures in losses and in validation; either may be absent.
struct Judges {
    std::shared_ptr<PerceptualLoss> perceptual;
    std::shared_ptr<IdentityNetwork> identity;
};

struct PictureWeights {
    double pixel = 1, perceptual = 0.5, identity = 0.3;
    bool summed = false;  // LPIPS added up over the batch, as VSPBFR's authors do, and not its mean
};

// L1 + LPIPS + identity of pictures (B, 3, H, W) in [-1, 1]; the last two from 64 pixels on. `values` gets each.
at::Tensor picture_loss(const at::Tensor& made, const at::Tensor& clean, const PictureWeights& weights,
                        const Judges& judges, Values& values);

// Means over batches of what pictures are judged by: "psnr", and where there is a judge "lpips", "identity" (cosine).
class PictureScores {
  public:
    explicit PictureScores(const Judges& judges) : judges_(judges) {}
    void add(const at::Tensor& made, const at::Tensor& clean, const std::string& prefix = "");
    // With "score": lpips + (1 - identity) / 2, or -psnr where there are no judges.
    Values means() const;

  private:
    const Judges& judges_;
    Values sums_, counts_;
};

// `values`, and of `others` all but its "score".
Values with_others(Values values, const Values& others);

}  // namespace bfr::train

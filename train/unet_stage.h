// A plain U-Net that restores in one pass: the baseline, with the losses, the data and the time of VSPBFR's restoration
// net; and CLR-Face's Identity Recovery Network (docs/training.md).
#pragma once

#include "nets/unet.h"
#include "train/stage_entry.h"

namespace bfr::train {

struct UNetStageOptions {
    std::string prefix = "unet.";  // of its result's tensors
    OptimiserOptions optimiser;
    PictureWeights weights{.pixel = 2, .perceptual = 2, .identity = 1};
    StageRun run;
};

class UNetStage final : public LearningStage<nets::UNet> {
  public:
    UNetStage(const nets::UNetOptions& sizes, const UNetStageOptions& options, Judges judges);

    Values step(int64_t iteration, double factor, const Batch& batch) override;
    Values validate(const std::vector<Batch>& batches) override;
    at::Tensor show(const Batch& batch) override;
    std::vector<std::string> rows() const override;

  private:
    UNetStageOptions options_;
    Judges judges_;
};

StageEntry unet_entry();
StageEntry irn_entry();

}  // namespace bfr::train

// The baseline: a plain U-Net with the losses, the data and the time of VSPBFR's restoration net.
#pragma once

#include "nets/unet.h"
#include "train/adam.h"
#include "train/batches.h"
#include "train/losses/picture_loss.h"

namespace bfr::train {

struct UNetStageOptions {
    double rate = 2e-3, beta1 = 0, beta2 = 0.99, clip = 1, average = 0.998;
    PictureWeights weights{.pixel = 2, .perceptual = 2, .identity = 1};
};

class UNetStage final : public Stage {
  public:
    UNetStage(const nets::UNetOptions& sizes, const UNetStageOptions& options, Judges judges);

    Values step(int64_t iteration, double factor, const Batch& batch) override;
    Values validate(const std::vector<Batch>& batches) override;
    at::Tensor show(const Batch& batch) override;
    void save(StateDict& to) const override;
    void restore(const StateDict& from, const std::string& source) override;
    void begin_from(const StateDict& result, const std::string& source) override;
    StateDict result(const BatchSource& training) const override;  // unet.*

  private:
    UNetStageOptions options_;
    Judges judges_;
    nets::UNet learning_, averaged_;
    Adam adam_;
};

}  // namespace bfr::train

// Stage 3: the code diffuser, whose whole chain of steps is trained at once, as VSPBFR's authors do
// (LonglongaaaGo/VSPBFR at e1f9987, code_diffuser_train.py): it starts from the degraded face's codes in nearly pure
// noise, sees them as its condition, and its last prediction is compared with the clean face's codes.
#pragma once

#include "train/adam.h"
#include "train/batches.h"
#include "train/losses/picture_loss.h"
#include "train/vspbfr/frozen_parts.h"

namespace bfr::train {

struct CodeDiffuserStageOptions {
    double rate = 1.6e-3, beta1 = 0, beta2 = 0.992, clip = 1, average = 0.999;
    int steps = 4;
    double codes = 1;
    PictureWeights weights{.pixel = 0, .perceptual = 0.1, .identity = 0.1};
    uint64_t seed = 1;
};

class CodeDiffuserStage final : public Stage {
  public:
    // `encoder`: what degraded faces are seen by: stage 2's file, or stage 1's (the encoder of clean faces).
    CodeDiffuserStage(const SystemSizes& sizes, const CodeDiffuserStageOptions& options, Judges judges,
                      const std::filesystem::path& prior, const std::filesystem::path& encoder);

    Values step(int64_t iteration, double factor, const Batch& batch) override;
    Values validate(const std::vector<Batch>& batches) override;
    at::Tensor show(const Batch& batch) override;
    void save(StateDict& to) const override;
    void restore(const StateDict& from, const std::string& source) override;
    void begin_from(const StateDict& result, const std::string& source) override;
    StateDict result(const BatchSource& training) const override;  // diffuser.*

  private:
    // The codes after all steps from noise drawn by `draw`; `begun`: with the degraded face's codes in it, as in
    // training.
    at::Tensor diffused(const nets::CodeDiffuser& net, const at::Tensor& condition, const std::string& name,
                        int64_t draw, bool begun) const;
    at::Tensor condition_of(const at::Tensor& degraded) const;

    CodeDiffuserStageOptions options_;
    Judges judges_;
    TrainedPrior prior_;
    std::unique_ptr<nets::CompactStyleEncoder> encoder_;
    nets::CodeSchedule schedule_;
    nets::CodeDiffuser learning_, averaged_;
    Adam adam_;
};

}  // namespace bfr::train

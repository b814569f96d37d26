// Stage 3: the code diffuser, whose whole chain of steps is trained at once, as VSPBFR's authors do
// (LonglongaaaGo/VSPBFR at e1f9987, code_diffuser_train.py): it starts from the degraded face's codes in nearly pure
// noise, sees them as its condition, and its last prediction is compared with the clean face's codes.
#pragma once

#include "train/stage_entry.h"
#include "train/vspbfr/frozen_parts.h"

namespace bfr::train {

struct CodeDiffuserStageOptions {
    OptimiserOptions optimiser{.rate = 1.6e-3, .beta1 = 0, .beta2 = 0.992, .clip = 1, .average = 0.999};
    int64_t steps = 4;
    double codes = 1;
    PictureWeights weights{.pixel = 0, .perceptual = 0.1, .identity = 0.1};
    StageRun run;
};

struct CodeDiffuserFiles {
    std::filesystem::path prior;
    std::filesystem::path encoder;  // what degraded faces are seen by; empty: the prior's
};

class CodeDiffuserStage final : public LearningStage<nets::CodeDiffuser> {  // its result: diffuser.*
  public:
    CodeDiffuserStage(const SystemSizes& sizes, const CodeDiffuserStageOptions& options, Judges judges,
                      const CodeDiffuserFiles& files);

    Values step(int64_t iteration, double factor, const Batch& batch) override;
    Values validate(const std::vector<Batch>& batches) override;
    at::Tensor show(const Batch& batch) override;
    std::vector<std::string> rows() const override;
    // A published code_diffuser.pt is a result too.
    void begin_from(const StateDict& result, const std::string& source) override;

  private:
    // The codes after all steps from noise drawn by `draw`; `begun`: with the degraded face's codes in it, as in
    // training.
    at::Tensor diffused(const nets::CodeDiffuser& net, const at::Tensor& condition, const std::string& name,
                        int64_t draw, bool begun) const;
    at::Tensor condition_of(const at::Tensor& degraded) const;
    at::Tensor decoded(const at::Tensor& codes, const at::Tensor& like, const std::string& name, int64_t draw) const;

    CodeDiffuserStageOptions options_;
    Judges judges_;
    TrainedPrior prior_;
    std::shared_ptr<nets::CodeEncoder> encoder_;
    nets::CodeSchedule schedule_;
};

StageEntry code_diffuser_entry();

}  // namespace bfr::train

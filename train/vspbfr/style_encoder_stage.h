// Stage 2: the style encoder learns to see the clean face's codes in a degraded picture. It begins as the encoder of
// clean faces; the decoder stays as it is.
#pragma once

#include "train/stage_entry.h"
#include "train/vspbfr/frozen_parts.h"

namespace bfr::train {

struct StyleEncoderStageOptions {
    OptimiserOptions optimiser{.rate = 1e-3, .beta1 = 0.9, .beta2 = 0.99, .clip = 1, .average = 0.999};
    double codes = 1;  // of the mean difference of the codes, which have deviation one
    PictureWeights weights;
    StageRun run;
};

class StyleEncoderStage final : public LearningStage<nets::CompactStyleEncoder> {  // its result: encoder.*
  public:
    StyleEncoderStage(const SystemSizes& sizes, const StyleEncoderStageOptions& options, Judges judges,
                      const std::filesystem::path& prior);

    Values step(int64_t iteration, double factor, const Batch& batch) override;
    Values validate(const std::vector<Batch>& batches) override;
    at::Tensor show(const Batch& batch) override;
    std::vector<std::string> rows() const override;

  private:
    at::Tensor decoded(const at::Tensor& codes) const;

    int64_t size_;
    StyleEncoderStageOptions options_;
    Judges judges_;
    TrainedPrior prior_;
};

StageEntry style_encoder_entry();

}  // namespace bfr::train

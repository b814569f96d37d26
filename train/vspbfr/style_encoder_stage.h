// Stage 2: the style encoder learns to see the clean face's codes in a degraded picture. It begins as the encoder of
// clean faces; the decoder stays as it is.
#pragma once

#include "train/adam.h"
#include "train/batches.h"
#include "train/losses/picture_loss.h"
#include "train/vspbfr/frozen_parts.h"

namespace bfr::train {

struct StyleEncoderStageOptions {
    double rate = 1e-3, beta1 = 0.9, beta2 = 0.99, clip = 1, average = 0.999;
    double codes = 1;  // of the mean difference of the codes, which have deviation one
    PictureWeights weights;
};

class StyleEncoderStage final : public Stage {
  public:
    StyleEncoderStage(const SystemSizes& sizes, const StyleEncoderStageOptions& options, Judges judges,
                      const std::filesystem::path& prior);

    Values step(int64_t iteration, double factor, const Batch& batch) override;
    Values validate(const std::vector<Batch>& batches) override;
    at::Tensor show(const Batch& batch) override;
    void save(StateDict& to) const override;
    void restore(const StateDict& from, const std::string& source) override;
    void begin_from(const StateDict& result, const std::string& source) override;
    StateDict result(const BatchSource& training) const override;  // encoder.*

  private:
    at::Tensor codes(const nets::CompactStyleEncoder& encoder, const at::Tensor& degraded) const;

    StyleEncoderStageOptions options_;
    Judges judges_;
    TrainedPrior prior_;
    nets::CompactStyleEncoder learning_, averaged_;
    Adam adam_;
};

}  // namespace bfr::train

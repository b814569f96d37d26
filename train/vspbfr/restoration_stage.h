// Stage 4: the restoration net, guided by prompts of the earlier stages, which stay as they are.
#pragma once

#include <optional>

#include "train/adam.h"
#include "train/batches.h"
#include "train/vspbfr/frozen_parts.h"
#include "train/vspbfr/restoration_losses.h"

namespace bfr::train {

// What guides the net: the diffuser's codes, the degraded face's own, or the mean code for every face.
enum class TrainingPrompt { kDiffused, kDegraded, kNone };

struct RestorationStageOptions {
    double rate = 2e-3, beta1 = 0, beta2 = 0.99, clip = 1, average = 0.998;
    PictureWeights weights{.pixel = 2, .perceptual = 2, .identity = 1};
    AdversarialOptions adversarial;
    int64_t adversarial_from = 0;  // iteration; the discriminator learns `lead` iterations earlier
    int64_t lead = 1000;
    double discriminator_rate = 2e-3;
    TrainingPrompt prompt = TrainingPrompt::kDiffused;
    int steps = 4;
    double mixing = 0.5;
    uint64_t seed = 1;
};

struct RestorationFiles {
    std::filesystem::path prior, encoder, diffuser;  // the last two are read where the prompt needs them
};

class RestorationStage final : public Stage {
  public:
    RestorationStage(const SystemSizes& sizes, const RestorationStageOptions& options, Judges judges,
                     const RestorationFiles& files);

    Values step(int64_t iteration, double factor, const Batch& batch) override;
    Values validate(const std::vector<Batch>& batches) override;
    at::Tensor show(const Batch& batch) override;
    void save(StateDict& to) const override;
    void restore(const StateDict& from, const std::string& source) override;
    void begin_from(const StateDict& result, const std::string& source) override;
    StateDict result(const BatchSource& training) const override;  // g_ema.*

  private:
    at::Tensor prompt_of(const at::Tensor& degraded, const std::string& name, int64_t draw) const;
    at::Tensor restored(const nets::RestorationNet& net, const at::Tensor& degraded, const std::string& name,
                        int64_t draw) const;
    void teach_discriminator(int64_t iteration, double factor, const at::Tensor& clean, const at::Tensor& restored,
                             Values& values);

    SystemSizes sizes_;
    RestorationStageOptions options_;
    Judges judges_;
    TrainedPrior prior_;
    std::unique_ptr<nets::CompactStyleEncoder> encoder_;
    std::unique_ptr<nets::CodeDiffuser> diffuser_;
    nets::CodeSchedule schedule_;
    nets::RestorationNet learning_, averaged_;
    Adam adam_;
    std::optional<nets::Discriminator> discriminator_;
    std::optional<Adam> discriminator_adam_;
};

}  // namespace bfr::train

// Stage 4: the restoration net, guided by prompts of the earlier stages, which stay as they are.
#pragma once

#include <optional>

#include "nets/stylegan2_discriminator.h"
#include "train/augment.h"
#include "train/stage_entry.h"
#include "train/vspbfr/frozen_parts.h"
#include "train/vspbfr/restoration_losses.h"

namespace bfr::train {

// What guides the net: the diffuser's codes, the degraded face's own, or the mean code for every face.
enum class TrainingPrompt { kDiffused, kDegraded, kNone };

struct RestorationStageOptions {
    OptimiserOptions optimiser;
    PictureWeights weights{.pixel = 2, .perceptual = 2, .identity = 1};
    AdversarialOptions adversarial;
    int64_t adversarial_from = 0;  // iteration; the discriminator learns `lead` iterations earlier
    int64_t lead = 1000;
    double discriminator_rate = 2e-3;
    AdaptiveOptions augmentation;
    TrainingPrompt prompt = TrainingPrompt::kDiffused;
    int64_t steps = 4;
    double mixing = 0.5;
    bool warm = true;  // the net's decoder begins as the generator
    StageRun run;
};

struct RestorationFiles {
    std::filesystem::path prior;
    std::filesystem::path encoder;   // of degraded faces; empty: the prior's, or the prompt needs none
    std::filesystem::path diffuser;  // where the prompt needs it
};

class RestorationStage final : public LearningStage<nets::RestorationNet> {  // its result: g_ema.*
  public:
    RestorationStage(const SystemSizes& sizes, const RestorationStageOptions& options, Judges judges,
                     const RestorationFiles& files);

    Values step(int64_t iteration, double factor, const Batch& batch) override;
    Values validate(const std::vector<Batch>& batches) override;
    at::Tensor show(const Batch& batch) override;
    std::vector<std::string> rows() const override;
    void save(StateDict& to) const override;
    void restore(const StateDict& from, const std::string& source) override;

  private:
    at::Tensor drawn(const std::string& name, int64_t draw, at::IntArrayRef shape) const;  // N(0, 1)
    at::Tensor prompt_of(const at::Tensor& degraded, const std::string& name, int64_t draw) const;
    at::Tensor restored(const nets::RestorationNet& net, const at::Tensor& degraded, const std::string& name,
                        int64_t draw) const;
    // The discriminator of pictures that are augmented as often as it is now done; `name`: of the draws.
    Critic critic(const std::string& name, int64_t iteration) const;
    void teach_discriminator(int64_t iteration, double factor, const at::Tensor& clean, const at::Tensor& restored,
                             Values& values);
    void let_discriminator_learn(bool learns);

    SystemSizes sizes_;
    RestorationStageOptions options_;
    Judges judges_;
    TrainedPrior prior_;
    std::shared_ptr<nets::CodeEncoder> encoder_;
    std::unique_ptr<nets::CodeDiffuser> diffuser_;
    nets::CodeSchedule schedule_;
    std::optional<nets::Discriminator> discriminator_;
    std::optional<Adam> discriminator_adam_;
    AdaptiveProbability augmented_;
};

StageEntry restoration_entry();

}  // namespace bfr::train

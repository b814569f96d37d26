// CLR-Face's stage 2: the diffusion over latents of clean faces, conditioned on the degraded one's.
#pragma once

#include "nets/clrface/autoencoder.h"
#include "nets/clrface/latent_prior.h"
#include "train/stage_entry.h"

namespace bfr::train {

// The autoencoder that a training gave, ready for use; it takes no gradients. Throws Error naming the file.
std::shared_ptr<nets::clrface::Autoencoder> trained_autoencoder(const std::filesystem::path& file, at::Device device);

struct LatentPriorStageOptions {
    OptimiserOptions optimiser{.rate = 1e-3, .beta1 = 0.9, .beta2 = 0.99, .clip = 1, .average = 0.999};
    int64_t steps = 20;  // of DDIM, with eta 0, by which it is judged
    StageRun run;
};

class LatentPriorStage final : public LearningStage<nets::clrface::LatentPrior> {  // its result: prior.*
  public:
    LatentPriorStage(const nets::clrface::LatentPriorOptions& sizes, const LatentPriorStageOptions& options,
                     Judges judges, std::shared_ptr<nets::clrface::Autoencoder> autoencoder);

    Values step(int64_t iteration, double factor, const Batch& batch) override;
    // Of restorations; "latent", their latent's root mean squared distance from the clean face's, and
    // "latent_of_condition" the degraded face's; "best_..." what the clean face's latent gives.
    Values validate(const std::vector<Batch>& batches) override;
    at::Tensor show(const Batch& batch) override;
    std::vector<std::string> rows() const override;

  private:
    at::Tensor restored(const at::Tensor& condition, int64_t draw) const;

    LatentPriorStageOptions options_;
    Judges judges_;
    std::shared_ptr<nets::clrface::Autoencoder> autoencoder_;
};

StageEntry clrface_prior_entry();

}  // namespace bfr::train

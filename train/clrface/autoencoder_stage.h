// CLR-Face's stage 1: the vector-quantised autoencoder of clean faces.
#pragma once

#include "nets/clrface/autoencoder.h"
#include "train/clrface/codebook.h"
#include "train/stage_entry.h"

namespace bfr::train {

inline constexpr const char* kAutoencoderStage = "autoencoder";

struct AutoencoderStageOptions {
    OptimiserOptions optimiser{.rate = 1e-3, .beta1 = 0.9, .beta2 = 0.99, .clip = 1, .average = 0.998};
    PictureWeights weights{.pixel = 1, .perceptual = 1, .identity = 0.2};
    double commitment = 0.25;  // weight of the latent's distance from its codes
    bool gradient = false;     // the codes learn by gradients, and not by averages
    CodebookOptions codebook;
    StageRun run;
};

class AutoencoderStage final : public LearningStage<nets::clrface::Autoencoder> {  // its result: autoencoder.*
  public:
    AutoencoderStage(const nets::clrface::AutoencoderOptions& sizes, const AutoencoderStageOptions& options,
                     Judges judges);

    Values step(int64_t iteration, double factor, const Batch& batch) override;
    // "codes_used", the share of the codebook; "perplexity"; "unquantised_lpips" and the like of the latent as it is.
    Values validate(const std::vector<Batch>& batches) override;
    at::Tensor show(const Batch& batch) override;
    std::vector<std::string> rows() const override;
    void save(StateDict& to) const override;
    void restore(const StateDict& from, const std::string& source) override;
    // With the latent's mean and deviation over the training set's faces.
    StateDict result(const BatchSource& training) const override;

  private:
    AutoencoderStageOptions options_;
    Judges judges_;
    CodebookAverages averages_;
};

StageEntry clrface_autoencoder_entry();

}  // namespace bfr::train

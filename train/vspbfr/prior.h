// Stage 1: a StyleGAN2-style decoder with an encoder of clean faces, as an autoencoder. Its first numbers of the codes
// are the scores of a 32x32 picture (nets/linear_path.h).
#pragma once

#include "train/stage_entry.h"
#include "train/vspbfr/system.h"

namespace bfr::train {

struct PriorOptions {
    OptimiserOptions optimiser{.rate = 2e-3, .beta1 = 0.9, .beta2 = 0.99, .clip = 1, .average = 0.999};
    PictureWeights weights;
    // Iterations before which pictures of 32, and of 64 pixels are made.
    int64_t until_32 = 500, until_64 = 2000;
    StageRun run;
};

struct Autoencoder : torch::nn::Module {
    explicit Autoencoder(const SystemSizes& sizes);
    // (B, 3, side, side)
    at::Tensor decoded(const at::Tensor& picture, int64_t side) const;
    at::Tensor codes(const at::Tensor& picture) const;

    std::shared_ptr<nets::CompactStyleEncoder> encoder;
    std::shared_ptr<nets::StyleGan2> bank;  // "decoder"
    int64_t encoder_side;
};

class PriorStage final : public LearningStage<Autoencoder> {
  public:
    PriorStage(const SystemSizes& sizes, const PriorOptions& options, Judges judges);

    // The principal components of `pictures` faces of the training set and of their mirror images. Once, at the start
    // of a training.
    void fit_linear_path(const BatchSource& training, int64_t pictures);

    Values step(int64_t iteration, double factor, const Batch& batch) override;
    Values validate(const std::vector<Batch>& batches) override;
    at::Tensor show(const Batch& batch) override;
    std::vector<std::string> rows() const override;
    // The averaged networks, their codes brought to mean zero and deviation one over the training set's faces: keys
    // encoder.*, decoder.*.
    StateDict result(const BatchSource& training) const override;

  private:
    SystemSizes sizes_;
    PriorOptions options_;
    Judges judges_;
};

StageEntry prior_entry();

}  // namespace bfr::train

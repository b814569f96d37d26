// Stage 1: a StyleGAN2-style decoder with an encoder of clean faces, as an autoencoder. Its first numbers of the codes
// are the scores of a 32x32 picture (nets/linear_path.h).
#pragma once

#include "train/adam.h"
#include "train/batches.h"
#include "train/losses/picture_loss.h"
#include "train/vspbfr/system.h"

namespace bfr::train {

struct PriorOptions {
    double rate = 2e-3, beta1 = 0.9, beta2 = 0.99, clip = 1, average = 0.999;
    PictureWeights weights;
    // Iterations before which pictures of 32, and of 64 pixels are made.
    int64_t until_32 = 500, until_64 = 2000;
};

class PriorStage final : public Stage {
  public:
    PriorStage(const SystemSizes& sizes, const PriorOptions& options, Judges judges);

    // The principal components of `pictures` faces of the training set and of their mirror images. Once, at the start
    // of a training.
    void fit_linear_path(const BatchSource& training, int64_t pictures);

    Values step(int64_t iteration, double factor, const Batch& batch) override;
    Values validate(const std::vector<Batch>& batches) override;
    at::Tensor show(const Batch& batch) override;
    void save(StateDict& to) const override;
    void restore(const StateDict& from, const std::string& source) override;
    void begin_from(const StateDict& result, const std::string& source) override;
    // The averaged networks, their codes brought to mean zero and deviation one over the training set's faces: keys
    // encoder.*, decoder.*.
    StateDict result(const BatchSource& training) const override;

  private:
    struct Pair {
        explicit Pair(const SystemSizes& sizes) : encoder(sizes.encoder), bank(sizes.bank) {}
        nets::CompactStyleEncoder encoder;
        nets::StyleGan2 bank;
    };
    at::Tensor decoded(const Pair& pair, const at::Tensor& clean, int64_t side) const;

    SystemSizes sizes_;
    PriorOptions options_;
    Judges judges_;
    Pair learning_, averaged_;
    Adam adam_;
};

}  // namespace bfr::train

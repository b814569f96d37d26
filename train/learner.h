// A network that learns, the average of its weights over the steps, and its Adam: what every stage has.
#pragma once

#include <c10/core/Device.h>
#include <torch/nn/module.h>

#include <string>

#include "train/adam.h"
#include "train/modules.h"
#include "train/stage.h"

namespace bfr::train {

struct OptimiserOptions {
    double rate = 2e-3, beta1 = 0, beta2 = 0.99;
    double clip = 1;         // of the gradients' norm
    double average = 0.998;  // decay of the averaged weights
};

// What the names of their tensors begin with: in a snapshot, and in a stage's result.
struct LearnerNames {
    std::string learning, average = "average.", adam = "adam.", result;
};

class Learner {
  public:
    // Both modules are of one kind; they move to the device, and must outlive the learner.
    Learner(torch::nn::Module& learning, torch::nn::Module& average, const OptimiserOptions& options,
            LearnerNames names, at::Device device);

    // The average begins anew, as the network is now.
    void begin_average();

    // Backward, Adam's step, the average; `values` gets "loss" and "gradient". False: nothing was moved, because the
    // gradient isn't finite.
    bool step(const at::Tensor& loss, int64_t iteration, double factor, Values& values);

    void save(StateDict& to) const;
    void restore(const StateDict& from, const std::string& source);
    void begin_from(const StateDict& result, const std::string& source);
    StateDict result() const;  // the average

  private:
    torch::nn::Module &learning_, &average_;
    OptimiserOptions options_;
    LearnerNames names_;
    Adam adam_;
};

// A stage of one learner: all that concerns files.
template <class Net>
class LearningStage : public Stage {
  public:
    void save(StateDict& to) const override { learner_.save(to); }
    void restore(const StateDict& from, const std::string& source) override { learner_.restore(from, source); }
    void begin_from(const StateDict& result, const std::string& source) override {
        learner_.begin_from(result, source);
    }
    StateDict result(const BatchSource&) const override { return learner_.result(); }

  protected:
    template <class Sizes>
    LearningStage(const Sizes& sizes, const OptimiserOptions& options, LearnerNames names, at::Device device)
        : learning_(sizes), averaged_(sizes), learner_(learning_, averaged_, options, std::move(names), device) {}

    Net learning_, averaged_;
    Learner learner_;
};

}  // namespace bfr::train

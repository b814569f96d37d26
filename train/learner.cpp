#include "train/learner.h"

#include <torch/torch.h>

namespace bfr::train {

namespace {

torch::nn::Module& moved(torch::nn::Module& module, at::Device device) {
    module.to(device);
    return module;
}

}  // namespace

Learner::Learner(torch::nn::Module& learning, torch::nn::Module& average, const OptimiserOptions& options,
                 LearnerNames names, at::Device device)
    : learning_(moved(learning, device)),
      average_(moved(average, device)),
      options_(options),
      names_(std::move(names)),
      adam_(parameters_of(learning, names_.learning), {options.rate, options.beta1, options.beta2}) {
    freeze(average_);
    begin_average();
}

void Learner::begin_average() { copy_weights(learning_, average_); }

bool Learner::step(const at::Tensor& loss, int64_t iteration, double factor, Values& values) {
    loss.backward();
    values["loss"] = loss.item<double>();
    if (!clipped_step(adam_, options_.clip, factor, values)) return false;
    move_average(average_, learning_, average_decay(options_.average, iteration));
    return true;
}

void Learner::save(StateDict& to) const {
    save_module(learning_, names_.learning, to);
    save_module(average_, names_.average, to);
    adam_.save(names_.adam, to);
}

void Learner::restore(const StateDict& from, const std::string& source) {
    restore_module(learning_, names_.learning, from, source);
    restore_module(average_, names_.average, from, source);
    adam_.restore(names_.adam, from, source);
}

void Learner::begin_from(const StateDict& result, const std::string& source) {
    StateDict own;  // the file may hold more: a published one its discriminator
    for (const auto& [name, tensor] : result) {
        if (name.starts_with(names_.result)) own[name.substr(names_.result.size())] = tensor;
    }
    load_strictly(learning_, own, source);
    begin_average();
}

StateDict Learner::result() const {
    StateDict result;
    save_module(average_, names_.result, result);
    return result;
}

}  // namespace bfr::train

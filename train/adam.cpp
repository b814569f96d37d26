#include "train/adam.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace bfr::train {

std::vector<NamedParameter> parameters_of(const torch::nn::Module& module, const std::string& prefix) {
    std::vector<NamedParameter> result;
    for (const auto& item : module.named_parameters()) {
        if (item.value().requires_grad()) result.push_back({prefix + item.key(), item.value()});
    }
    return result;
}

Adam::Adam(std::vector<NamedParameter> parameters, const AdamOptions& options)
    : parameters_(std::move(parameters)), options_(options) {
    for (const auto& parameter : parameters_) {
        first_.push_back(at::zeros_like(parameter.value));
        second_.push_back(at::zeros_like(parameter.value));
    }
}

void Adam::step(double factor) {
    const at::NoGradGuard no_grad;
    steps_++;
    const double bias1 = 1 - std::pow(options_.beta1, static_cast<double>(steps_));
    const double bias2 = 1 - std::pow(options_.beta2, static_cast<double>(steps_));
    for (size_t i = 0; i < parameters_.size(); i++) {
        at::Tensor value = parameters_[i].value;
        const at::Tensor gradient = value.grad();
        if (!gradient.defined()) continue;
        first_[i].mul_(options_.beta1).add_(gradient, 1 - options_.beta1);
        second_[i].mul_(options_.beta2).addcmul_(gradient, gradient, 1 - options_.beta2);
        const at::Tensor scale = (second_[i].sqrt() / std::sqrt(bias2)).add_(options_.epsilon);
        value.addcdiv_(first_[i], scale, -options_.rate * factor / bias1);
    }
}

void Adam::forget_gradients() {
    for (auto& parameter : parameters_) parameter.value.mutable_grad().reset();
}

double Adam::gradient_norm() const {
    double sum = 0;
    for (const auto& parameter : parameters_) {
        const at::Tensor gradient = parameter.value.grad();
        if (gradient.defined()) sum += gradient.square().sum(at::kDouble).item<double>();
    }
    return std::sqrt(sum);
}

void Adam::scale_gradients(double factor) {
    for (auto& parameter : parameters_) {
        if (parameter.value.grad().defined()) parameter.value.mutable_grad().mul_(factor);
    }
}

void Adam::save(const std::string& prefix, StateDict& to) const {
    for (size_t i = 0; i < parameters_.size(); i++) {
        to[prefix + "m." + parameters_[i].name] = first_[i];
        to[prefix + "v." + parameters_[i].name] = second_[i];
    }
    to[prefix + "steps"] = at::full({1}, steps_, at::kDouble);
}

void Adam::restore(const std::string& prefix, const StateDict& from, const std::string& source) {
    for (size_t i = 0; i < parameters_.size(); i++) {
        const auto& [name, value] = parameters_[i];
        first_[i].copy_(saved_tensor(from, prefix + "m." + name, value, source));
        second_[i].copy_(saved_tensor(from, prefix + "v." + name, value, source));
    }
    steps_ = static_cast<int64_t>(saved_tensor(from, prefix + "steps", at::zeros({1}), source).item<double>());
}

bool clipped_step(Adam& adam, double clip, double factor, std::map<std::string, double>& values) {
    const double norm = values["gradient"] = adam.gradient_norm();
    if (!std::isfinite(norm)) return false;
    if (norm > clip) adam.scale_gradients(clip / norm);
    adam.step(factor);
    adam.forget_gradients();
    return true;
}

double average_decay(double wanted, int64_t iteration) {
    const auto i = static_cast<double>(iteration);
    return std::min(wanted, (1 + i) / (10 + i));
}

void move_average(const torch::nn::Module& average, const torch::nn::Module& module, double decay) {
    const at::NoGradGuard no_grad;
    const auto to = average.named_parameters();
    for (const auto& item : module.named_parameters()) to[item.key()].lerp_(item.value().detach(), 1 - decay);
}

const at::Tensor& saved_tensor(const StateDict& from, const std::string& name, const at::Tensor& like,
                               const std::string& source) {
    const auto found = from.find(name);
    if (found == from.end()) throw Error(fmt::format("{}: has no tensor {}", source, name));
    if (found->second.sizes() != like.sizes())
        throw Error(fmt::format("{}: tensor {} has another shape than this training's", source, name));
    return found->second;
}

}  // namespace bfr::train

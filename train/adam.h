// Adam (Kingma and Ba, arXiv 1412.6980) as PyTorch computes it, over named parameters, with a state that can be saved
// and restored bit for bit.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "weights/state_dict/state_dict.h"

namespace torch::nn {
class Module;
}

namespace bfr::train {

struct NamedParameter {
    std::string name;
    at::Tensor value;
};
// The parameters of a module that want gradients, by their paths behind `prefix`.
std::vector<NamedParameter> parameters_of(const torch::nn::Module& module, const std::string& prefix = "");

struct AdamOptions {
    double rate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
};

class Adam {
  public:
    Adam(std::vector<NamedParameter> parameters, const AdamOptions& options);

    // Moves every parameter that has a gradient; `factor` is of the learning rate. Counts as a step for all of them.
    void step(double factor = 1);
    void forget_gradients();
    double gradient_norm() const;  // of all gradients together; not finite where one isn't
    void scale_gradients(double factor);

    const std::vector<NamedParameter>& parameters() const { return parameters_; }
    // Both moments of each parameter, PREFIX + "m." or "v." + name, and PREFIX + "steps".
    void save(const std::string& prefix, StateDict& to) const;
    // Throws Error naming `source` and the tensor where one is missing or has another shape.
    void restore(const std::string& prefix, const StateDict& from, const std::string& source);

  private:
    std::vector<NamedParameter> parameters_;
    std::vector<at::Tensor> first_, second_;
    AdamOptions options_;
    int64_t steps_ = 0;
};

// What ends a step after backward(): "gradient" of `values` gets the gradients' norm; where it is finite, gradients
// longer than `clip` are cut to it, the parameters move, and the gradients are forgotten. False: nothing was moved.
bool clipped_step(Adam& adam, double clip, double factor, std::map<std::string, double>& values);

// An average's decay that begins small, so that the first weights are soon forgotten.
double average_decay(double wanted, int64_t iteration);

// Averages of parameters over the steps: average = decay average + (1 - decay) value.
void move_average(const torch::nn::Module& average, const torch::nn::Module& module, double decay);

// The tensor of that name. Throws Error naming `source` where there is none or its shape isn't that of `like`.
const at::Tensor& saved_tensor(const StateDict& from, const std::string& name, const at::Tensor& like,
                               const std::string& source);

}  // namespace bfr::train

#include "train/modules.h"

#include <torch/torch.h>

#include "train/adam.h"

namespace bfr::train {

void save_module(const torch::nn::Module& module, const std::string& prefix, StateDict& to) {
    for (const auto& item : module.named_parameters()) to[prefix + item.key()] = item.value().detach();
    for (const auto& item : module.named_buffers()) to[prefix + item.key()] = item.value();
}

void restore_module(torch::nn::Module& module, const std::string& prefix, const StateDict& from,
                    const std::string& source) {
    const at::NoGradGuard no_grad;
    for (auto& item : module.named_parameters())
        item.value().copy_(saved_tensor(from, prefix + item.key(), item.value(), source));
    for (auto& item : module.named_buffers())
        item.value().copy_(saved_tensor(from, prefix + item.key(), item.value(), source));
}

void copy_weights(const torch::nn::Module& from, torch::nn::Module& to) {
    StateDict state;
    save_module(from, "", state);
    restore_module(to, "", state, "the network itself");
}

void freeze(torch::nn::Module& net) {
    net.eval();
    for (auto& parameter : net.parameters()) parameter.set_requires_grad(false);
}

}  // namespace bfr::train

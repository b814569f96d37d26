// A network's tensors on their way to a snapshot and back.
#pragma once

#include <torch/nn/module.h>

#include <string>

#include "weights/state_dict/state_dict.h"

namespace bfr::train {

// A network's parameters and buffers by their names behind `prefix`.
void save_module(const torch::nn::Module& module, const std::string& prefix, StateDict& to);
void restore_module(torch::nn::Module& module, const std::string& prefix, const StateDict& from,
                    const std::string& source);

// Parameters and buffers of a network of the same kind.
void copy_weights(const torch::nn::Module& from, torch::nn::Module& to);

// A network that judges or guides and doesn't learn: gradients go through it, none to it.
void freeze(torch::nn::Module& net);

}  // namespace bfr::train

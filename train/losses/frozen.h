#pragma once

#include <torch/nn/module.h>

namespace bfr::train {

// A network that judges and doesn't learn: gradients go through it, none to it.
inline void freeze(torch::nn::Module& net) {
    net.eval();
    for (auto& parameter : net.parameters()) parameter.set_requires_grad(false);
}

}  // namespace bfr::train

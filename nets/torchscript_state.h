// Whether a TorchScript module's results can depend on anything but its inputs.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/script.h>

#include <string>
#include <utility>
#include <vector>

namespace bfr {

struct TorchScriptState {
    bool draws = false;   // random numbers, in forward()
    std::string changed;  // an attribute that forward() sets, or a list or dictionary that it changes; "": none
    // All tensors that the module keeps, with their names: parameters, buffers, others. Whatever writes into one counts
    // its version up.
    std::vector<std::pair<std::string, at::Tensor>> tensors;
};

// Of a module in eval mode that has a forward(). Nothing is run.
TorchScriptState state_of(const torch::jit::Module& module);

}  // namespace bfr

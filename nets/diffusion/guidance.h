// Guidance of a reverse diffusion: what is predicted is changed between the network and the step.
#pragma once

#include <functional>

#include "nets/diffusion/sampling.h"

namespace bfr::nets::diffusion {

// Of x_i, the clean picture predicted of it and the time in the original diffusion: the clean picture to go on with.
// Undefined: what was predicted stays.
using Guide = std::function<Tensor(const Tensor& x, const Tensor& clean, int time)>;

// What was said of x_i, with the guide's clean picture and the noise, so the score, that then makes x_i.
Prediction guided(const VpSchedule& schedule, int i, const Tensor& x, const Prediction& said, const Guide& guide);

// Of a loss at a tensor, (B, ...). `loss` gives one number a picture, (B), so that none depends on its batch. Gradients
// are recorded here whatever the caller's mode (not inference mode); those of a network's parameters stay as they are.
Tensor gradient(const std::function<Tensor(const Tensor&)>& loss, const Tensor& at);

}  // namespace bfr::nets::diffusion

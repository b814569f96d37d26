// Reverse diffusion, step by step. Tensors of any shape, in float32 or float64; numbers at random are the caller's.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

#include "nets/diffusion/vp_schedule.h"

namespace bfr::nets::diffusion {

using at::Tensor;

// What a network says of x_i.
struct Prediction {
    Tensor clean, noise;
    // How far the step's log variance lies from the posterior's, -1, to beta's, 1 (Nichol and Dhariwal, "Improved
    // Denoising Diffusion Probabilistic Models", ICML 2021); undefined: the posterior's.
    Tensor variance = {};
};

// x_i of a clean picture: the start of a reverse diffusion that begins in the middle.
Tensor noised(const VpSchedule& schedule, int i, const Tensor& clean, const Tensor& noise);

// Of a network that predicts the noise, the clean picture or the velocity, sqrt(alpha_bar) noise - sqrt(1 - alpha_bar)
// clean (Salimans and Ho, "Progressive Distillation for Fast Sampling of Diffusion Models", ICLR 2022). `clip`: the
// clean picture is held in [-1, 1]; the noise stays as it is.
Prediction from_noise(const VpSchedule& schedule, int i, const Tensor& x, const Tensor& noise, bool clip);
Prediction from_clean(const VpSchedule& schedule, int i, const Tensor& x, const Tensor& clean, bool clip);
Prediction from_velocity(const VpSchedule& schedule, int i, const Tensor& x, const Tensor& velocity, bool clip);

// Numbers of N(0, 1), of x's shape and kind. Not called where a step adds none.
using Fresh = std::function<Tensor()>;

// x_i -> x_(i-1). DDIM: eta 0 adds no noise, 1 as much as ancestral sampling with the posterior's variance.
Tensor ddim_step(const VpSchedule& schedule, int i, const Prediction& said, double eta, const Fresh& fresh);
// Ancestral (DDPM). Adds none at step 0.
Tensor ancestral_step(const VpSchedule& schedule, int i, const Tensor& x, const Prediction& said, const Fresh& fresh);
// DPM-Solver++ 2M, on data prediction (Lu et al., arXiv 2211.01095, algorithm 2). `before`: the clean picture predicted
// of x_(i+1); undefined where there is none, and then the step is DDIM's with eta 0. So is step 0, which ends without
// noise at an infinite lambda. Adds no noise.
Tensor dpm_solver_step(const VpSchedule& schedule, int i, const Tensor& x, const Tensor& clean, const Tensor& before);

// From x_first down past step `last`, to x_(last-1).
Tensor sample(Tensor x, int first, const std::function<Prediction(const Tensor& x, int i)>& predict,
              const std::function<Tensor(const Tensor& x, int i, const Prediction& said)>& step, int last = 0);

}  // namespace bfr::nets::diffusion

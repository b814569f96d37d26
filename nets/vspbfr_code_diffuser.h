// VSPBFR's code diffuser: TACC blocks that predict the clean face's codes from noisy ones and the degraded face's, and
// the authors' diffusion around them. Source: arXiv 2412.21042; LonglongaaaGo/VSPBFR at e1f9987,
// models/CodeDiffuser.py, ldm/ddpm.py.
#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <vector>

#include "nets/stylegan2_layers.h"

namespace bfr::nets {

struct TaccBlock;

struct CodeDiffuserOptions {
    int64_t width = 512;
    int blocks = 4;
    // The prediction is the condition plus what the blocks say times a learnt factor, which begins as zero. Of this
    // project; the published network has no such path.
    bool residual = false;
};

struct CodeDiffuser : torch::nn::Module {
    explicit CodeDiffuser(const CodeDiffuserOptions& options);
    ~CodeDiffuser() override;
    // x, condition: (B, codes, width); time: t / T in [0, 1). Returns the predicted clean codes, of x's shape and
    // dtype. Where no gradient is recorded, those of one face are the same bits whatever else is in the batch.
    Tensor forward(const Tensor& x, const Tensor& condition, double time) const;

  private:
    std::vector<std::shared_ptr<TaccBlock>> blocks_;
    Tensor residual_;  // (width); undefined where there is no such path
};

// The authors' schedule for T steps: betas are squares of T equal steps from sqrt(0.1) to sqrt(0.99).
struct CodeSchedule {
    explicit CodeSchedule(int steps);
    int steps() const { return static_cast<int>(clean_weight.size()); }
    std::vector<double> alpha_bar;     // product of 1 - beta up to t
    std::vector<double> clean_weight;  // of x0 in the posterior's mean at t
    std::vector<double> noisy_weight;  // of x_t
};

// From x_T down to t = 0; each step takes the posterior's mean (no noise is added), x0 is not clipped. `on_step` is
// called with t, the x0 prediction and the mean; returning false ends the sampling with that x0. Returns the last
// codes.
Tensor sample_codes(const CodeDiffuser& network, const CodeSchedule& schedule, Tensor x, const Tensor& condition,
                    const std::function<bool(int t, const Tensor& x0, const Tensor& mean)>& on_step = {});

}  // namespace bfr::nets

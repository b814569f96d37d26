// CLR-Face's prior: a diffusion over the normalised latents of clean faces, whose U-Net sees the degraded face's latent
// beside the noisy one (Suin and Chellappa, arXiv 2402.06106, re-implemented from the paper's description; the U-Net is
// nets/adm_unet.h's).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "nets/adm_unet.h"
#include "nets/diffusion/guidance.h"
#include "nets/diffusion/sampling.h"
#include "weights/state_dict/state_dict.h"

namespace bfr::nets::clrface {

// What the network says of a noisy latent, and kParameters' names of them.
enum class Parameter { kNoise, kClean, kVelocity };
inline const std::vector<std::string> kParameters = {"noise", "clean", "velocity"};

// Of the 1000 training steps; linear is latent diffusion's, betas from 0.0015 to 0.0195.
inline const std::vector<std::string> kSchedules = {"linear", "scaled-linear", "cosine"};
diffusion::VpSchedule schedule_of(const std::string& name);  // one of kSchedules
inline constexpr int kTrainingSteps = 1000;
inline constexpr int64_t kHeadWidth = 32;  // channels of a head of attention, which shapes don't tell

enum class Sampler { kDdim, kAncestral, kDpmSolver };
inline const std::vector<std::string> kSamplers = {"ddim", "ancestral", "dpm-solver"};

struct SamplingOptions {
    int steps = 25;
    Sampler sampler = Sampler::kDdim;
    double eta = 0;  // DDIM's
    // Time of the training's 1000 at which it begins: with the estimate, noised to it; kTrainingSteps: with noise
    // alone.
    int start = kTrainingSteps;
};

// The steps of the training's schedule that are taken, ascending: below `start`, the first and the last of them and
// evenly between, DPM-Solver++'s evenly in the log of the signal-to-noise ratio. Throws UsageError where there are
// fewer than `steps`.
diffusion::VpSchedule taken(const diffusion::VpSchedule& all, const SamplingOptions& options);

struct LatentPriorOptions {
    AdmUnetOptions unet;              // in twice its out
    std::string schedule = "linear";  // one of kSchedules
    Parameter parameter = Parameter::kVelocity;
};

class LatentPrior : public torch::nn::Module {
  public:
    explicit LatentPrior(const LatentPriorOptions& options);

    const diffusion::VpSchedule& schedule() const { return schedule_; }
    const LatentPriorOptions& options() const { return options_; }

    // noisy, condition: (B, C, h, w) normalised; times: (B) -> what the network says, (B, C, h, w).
    Tensor forward(const Tensor& noisy, const Tensor& condition, const Tensor& times) const;
    // The training's aim: what forward() should say of sqrt(alpha_bar) clean + sqrt(1 - alpha_bar) noise; alpha_bar:
    // (B).
    Tensor target(const Tensor& clean, const Tensor& noise, const Tensor& alpha_bar) const;
    // At step i of a schedule that was taken from this one.
    diffusion::Prediction predict(const diffusion::VpSchedule& schedule, int i, const Tensor& noisy,
                                  const Tensor& condition) const;
    int64_t flop() const { return unet_->flop(); }  // of one step of one face

  private:
    LatentPriorOptions options_;
    diffusion::VpSchedule schedule_;
    std::shared_ptr<AdmUnet> unet_;
};

// Numbers of N(0, 1) of the condition's shape, by name: "x_T", and "step/I" for the noise that the step of time I adds.
using LatentDraws = std::function<Tensor(const std::string& name)>;
// After each step: how many were done, the clean latent as it was predicted (and guided), the latent that is left.
using OnStep = std::function<void(int done, const Tensor& clean, const Tensor& noisy)>;

// `estimate`: where options.start begins with one. Each picture's latent is a function of its own draws alone.
Tensor sample_latent(const LatentPrior& prior, const SamplingOptions& options, const Tensor& condition,
                     const Tensor& estimate, const LatentDraws& draws, const diffusion::Guide& guide = {},
                     const OnStep& on_step = {});

// The U-Net's sizes, read off the shapes of its tensors, for latents of `side`. Throws Error naming `source`.
AdmUnetOptions prior_sizes(const StateDict& tensors, int64_t side, const std::string& source);

}  // namespace bfr::nets::clrface

// A diffusion that keeps variance, in steps (Ho, Jain and Abbeel, "Denoising Diffusion Probabilistic Models", NeurIPS
// 2020): x_i = sqrt(alpha_bar_i) x_0 + sqrt(1 - alpha_bar_i) noise. All in double.
#pragma once

#include <vector>

namespace bfr::nets::diffusion {

class VpSchedule {
  public:
    // betas: of each step, in (0, 1); at least one. Throws Error for others.
    explicit VpSchedule(const std::vector<double>& betas);
    // Betas that grow evenly, from 0.1 / steps to 20 / steps: with 1000 steps from 1e-4 to 0.02.
    static VpSchedule linear(int steps = 1000);
    // From `first` to `last`, growing evenly; or evenly in their square roots, as latent diffusion has it (Rombach et
    // al., "High-Resolution Image Synthesis with Latent Diffusion Models", CVPR 2022). One step alone is the first.
    static VpSchedule linear(int steps, double first, double last);
    static VpSchedule scaled_linear(int steps, double first, double last);
    // alpha_bar follows a squared cosine; no beta is above 0.999 (Nichol and Dhariwal, "Improved Denoising Diffusion
    // Probabilistic Models", ICML 2021).
    static VpSchedule cosine(int steps = 1000);
    // The same diffusion by these of its steps alone, ascending. What networks are told stays the time in the original.
    VpSchedule respaced(const std::vector<int>& steps) const;

    int steps() const { return static_cast<int>(alpha_bars_.size()); }
    int time(int i) const { return times_.at(static_cast<size_t>(i)); }  // step i's, in the original diffusion
    double beta(int i) const { return betas_.at(static_cast<size_t>(i)); }
    double alpha_bar(int i) const { return alpha_bars_.at(static_cast<size_t>(i)); }
    double alpha_bar_before(int i) const { return i == 0 ? 1 : alpha_bar(i - 1); }
    // log(sqrt(alpha_bar) / sqrt(1 - alpha_bar)), half the log of the signal-to-noise ratio; falls with i.
    double lambda(int i) const;

    // Of x_(i-1) where x_0 and x_i are known: mean = clean x_0 + noisy x_i, and the variance.
    struct Posterior {
        double clean, noisy, variance;
    };
    Posterior posterior(int i) const;
    // Of the posterior's variance; of step 1's at step 0, where it is 0.
    double log_variance(int i) const;

  private:
    std::vector<double> betas_, alpha_bars_;
    std::vector<int> times_;
};

// Ways to take `count` of `total` steps.
// 0, stride, 2 stride ...: the smallest whole stride that makes so many of them (Song, Meng and Ermon, "Denoising
// Diffusion Implicit Models", ICLR 2021). Throws UsageError where none does, with the nearest counts that one makes.
std::vector<int> strided_steps(int total, int count);
// From the first to the last, as evenly as whole numbers allow, halves to the even one.
std::vector<int> even_steps(int total, int count);
// From the first to the last, as evenly in lambda as the schedule's steps allow (Lu et al., "DPM-Solver++: Fast Solver
// for Guided Sampling of Diffusion Probabilistic Models", arXiv 2211.01095): the step nearest to each, and where that
// is taken, or leaves too few for the others, the nearest that is free.
std::vector<int> log_snr_steps(const VpSchedule& schedule, int count);

}  // namespace bfr::nets::diffusion

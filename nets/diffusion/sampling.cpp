#include "nets/diffusion/sampling.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

namespace bfr::nets::diffusion {

Tensor noised(const VpSchedule& schedule, int i, const Tensor& clean, const Tensor& noise) {
    const double kept = schedule.alpha_bar(i);
    return std::sqrt(kept) * clean + std::sqrt(1 - kept) * noise;
}

Prediction from_noise(const VpSchedule& schedule, int i, const Tensor& x, const Tensor& noise, bool clip) {
    const double kept = schedule.alpha_bar(i);
    const Tensor clean = std::sqrt(1 / kept) * x - std::sqrt(1 / kept - 1) * noise;
    return {clip ? clean.clamp(-1, 1) : clean, noise};
}

Prediction from_clean(const VpSchedule& schedule, int i, const Tensor& x, const Tensor& clean, bool clip) {
    const double kept = schedule.alpha_bar(i);
    return {clip ? clean.clamp(-1, 1) : clean, (x - std::sqrt(kept) * clean) / std::sqrt(1 - kept)};
}

Prediction from_velocity(const VpSchedule& schedule, int i, const Tensor& x, const Tensor& velocity, bool clip) {
    const double signal = std::sqrt(schedule.alpha_bar(i)), sigma = std::sqrt(1 - schedule.alpha_bar(i));
    const Tensor clean = signal * x - sigma * velocity;
    return {clip ? clean.clamp(-1, 1) : clean, sigma * x + signal * velocity};
}

Tensor ddim_step(const VpSchedule& schedule, int i, const Prediction& said, double eta, const Fresh& fresh) {
    const double before = schedule.alpha_bar_before(i), kept = schedule.alpha_bar(i);
    const double sigma = eta * std::sqrt((1 - before) / (1 - kept)) * std::sqrt(1 - kept / before);
    const double direction = std::sqrt(std::max(0.0, 1 - before - sigma * sigma));
    const Tensor mean = std::sqrt(before) * said.clean + direction * said.noise;
    return sigma > 0 ? mean + sigma * fresh() : mean;
}

Tensor ancestral_step(const VpSchedule& schedule, int i, const Tensor& x, const Prediction& said, const Fresh& fresh) {
    const auto posterior = schedule.posterior(i);
    const Tensor mean = posterior.clean * said.clean + posterior.noisy * x;
    if (i == 0) return mean;
    if (!said.variance.defined()) return mean + std::sqrt(posterior.variance) * fresh();
    const Tensor share = (said.variance + 1) / 2;
    const Tensor log_variance = share * std::log(schedule.beta(i)) + (1 - share) * schedule.log_variance(i);
    return mean + at::exp(0.5 * log_variance) * fresh();
}

Tensor dpm_solver_step(const VpSchedule& schedule, int i, const Tensor& x, const Tensor& clean, const Tensor& before) {
    const double next = schedule.alpha_bar_before(i), kept = schedule.alpha_bar(i);
    const double shrunk = std::sqrt((1 - next) / (1 - kept));
    Tensor data = clean;
    if (before.defined() && i > 0) {
        // the slope of the clean picture in lambda, by the step before, up to the middle of this one
        const double step = schedule.lambda(i - 1) - schedule.lambda(i);
        const double step_before = schedule.lambda(i) - schedule.lambda(i + 1);
        data = clean + step / (2 * step_before) * (clean - before);
    }
    return shrunk * x + (std::sqrt(next) - shrunk * std::sqrt(kept)) * data;
}

Tensor sample(Tensor x, int first, const std::function<Prediction(const Tensor& x, int i)>& predict,
              const std::function<Tensor(const Tensor& x, int i, const Prediction& said)>& step, int last) {
    for (int i = first; i >= last; i--) x = step(x, i, predict(x, i));
    return x;
}

}  // namespace bfr::nets::diffusion

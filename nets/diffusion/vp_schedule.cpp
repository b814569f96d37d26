#include "nets/diffusion/vp_schedule.h"

#include <cmath>

#include "base/error.h"

namespace bfr::nets::diffusion {

VpSchedule::VpSchedule(const std::vector<double>& betas) : betas_(betas) {
    BFR_CHECK(!betas.empty(), "a diffusion has at least one step");
    double product = 1;
    for (const double beta : betas) {
        BFR_CHECK(beta > 0 && beta < 1, "a step's beta is {}", beta);
        product *= 1 - beta;
        alpha_bars_.push_back(product);
        times_.push_back(static_cast<int>(times_.size()));
    }
}

VpSchedule VpSchedule::linear(int steps) {
    const double first = 0.1 / steps, last = 20.0 / steps;
    std::vector<double> betas;
    for (int i = 0; i < steps; i++) betas.push_back(steps == 1 ? first : first + (last - first) * i / (steps - 1));
    return VpSchedule(betas);
}

VpSchedule VpSchedule::respaced(const std::vector<int>& steps) const {
    std::vector<double> betas;
    std::vector<int> times;
    double before = 1;
    for (const int i : steps) {
        BFR_CHECK(i >= 0 && i < this->steps() && (times.empty() || time(i) > times.back()),
                  "step {} of {} in another order", i, this->steps());
        betas.push_back(1 - alpha_bar(i) / before);
        times.push_back(time(i));
        before = alpha_bar(i);
    }
    VpSchedule result(betas);
    result.times_ = std::move(times);
    return result;
}

VpSchedule::Posterior VpSchedule::posterior(int i) const {
    const double before = alpha_bar_before(i), rest = 1 - alpha_bar(i);
    return {beta(i) * std::sqrt(before) / rest, (1 - before) * std::sqrt(1 - beta(i)) / rest,
            beta(i) * (1 - before) / rest};
}

double VpSchedule::log_variance(int i) const { return std::log(posterior(i == 0 && steps() > 1 ? 1 : i).variance); }

std::vector<int> strided_steps(int total, int count) {
    std::string near;
    for (int stride = 1; stride < total; stride++) {
        const int taken = (total + stride - 1) / stride;
        if (taken > count) {
            near = fmt::format("{} or ", taken);
            continue;
        }
        if (taken < count) {
            near += std::to_string(taken);
            break;
        }
        std::vector<int> steps;
        for (int i = 0; i < total; i += stride) steps.push_back(i);
        return steps;
    }
    if (near.ends_with(" or ")) near.resize(near.size() - 4);
    throw UsageError(fmt::format("no whole stride makes {} of {} steps{}{}", count, total,
                                 near.empty() ? "" : "; the nearest it makes: ", near));
}

std::vector<int> even_steps(int total, int count) {
    if (count < 1 || count > total) throw UsageError(fmt::format("{} of {} steps", count, total));
    std::vector<int> steps;
    const double stride = count == 1 ? 1 : static_cast<double>(total - 1) / (count - 1);
    for (int i = 0; i < count; i++) steps.push_back(static_cast<int>(std::nearbyint(i * stride)));
    return steps;
}

}  // namespace bfr::nets::diffusion

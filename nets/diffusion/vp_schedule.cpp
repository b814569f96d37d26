#include "nets/diffusion/vp_schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"

namespace bfr::nets::diffusion {

namespace {

std::vector<double> even(int count, double first, double last) {
    std::vector<double> values;
    for (int i = 0; i < count; i++) values.push_back(count == 1 ? first : first + (last - first) * i / (count - 1));
    return values;
}

}  // namespace

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

VpSchedule VpSchedule::linear(int steps) { return linear(steps, 0.1 / steps, 20.0 / steps); }

VpSchedule VpSchedule::linear(int steps, double first, double last) { return VpSchedule(even(steps, first, last)); }

VpSchedule VpSchedule::scaled_linear(int steps, double first, double last) {
    std::vector<double> betas = even(steps, std::sqrt(first), std::sqrt(last));
    for (double& beta : betas) beta *= beta;
    return VpSchedule(betas);
}

VpSchedule VpSchedule::cosine(int steps) {
    const auto kept = [&](int i) {
        return std::pow(std::cos((static_cast<double>(i) / steps + 0.008) / 1.008 * std::numbers::pi / 2), 2);
    };
    std::vector<double> betas;
    for (int i = 0; i < steps; i++) betas.push_back(std::min(1 - kept(i + 1) / kept(i), 0.999));
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

double VpSchedule::lambda(int i) const { return 0.5 * std::log(alpha_bar(i) / (1 - alpha_bar(i))); }

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

std::vector<int> log_snr_steps(const VpSchedule& schedule, int count) {
    const int total = schedule.steps();
    if (count < 1 || count > total) throw UsageError(fmt::format("{} of {} steps", count, total));
    std::vector<int> steps;
    int free = 0;
    for (const double wanted : even(count, schedule.lambda(0), schedule.lambda(total - 1))) {
        const int last = total - count + static_cast<int>(steps.size());  // what leaves enough for the others
        int nearest = free;
        while (nearest < last &&
               std::abs(schedule.lambda(nearest + 1) - wanted) < std::abs(schedule.lambda(nearest) - wanted))
            nearest++;
        steps.push_back(nearest);
        free = nearest + 1;
    }
    return steps;
}

}  // namespace bfr::nets::diffusion

// Solvers on Gaussian data, whose score and whose every distribution on the way are known: how fast they converge.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "nets/diffusion/sampling.h"

namespace bfr::nets::diffusion {
namespace {

constexpr double kMean = 0.7, kVariance = 0.3;  // of the data

// From lambda 3 at step 0 to -3 at step n, by strides of 1, 2, 1, 2 ... units: a solver that takes its strides for
// equal shows.
VpSchedule uneven(int n) {
    std::vector<double> betas;
    double kept_before = 1, lambda = 3;
    for (int i = 0; i <= n; i++) {
        const double kept = 1 / (1 + std::exp(-2 * lambda));
        betas.push_back(1 - kept / kept_before);
        kept_before = kept;
        lambda -= (i % 2 == 0 ? 1 : 2) * 6.0 / (1.5 * n);
    }
    return VpSchedule(betas);
}

double variance_at(double kept) { return kept * kVariance + 1 - kept; }

struct Moments {
    double mean, variance;
};

// Of x_0 where x_n is of N(0, 1) and the reverse diffusion is exact. What x_n has too much or too little shrinks by
// sqrt(v_0 / v_n) along the flow of probability, eta 0, and by Cov(x_0, x_n) / v_n in the reverse SDE, eta 1; drifts
// are linear in eta^2, so between them geometrically.
Moments exact(const VpSchedule& schedule, double eta) {
    const double first = schedule.alpha_bar(0), last = schedule.alpha_bar(schedule.steps() - 1);
    const double v_first = variance_at(first), v_last = variance_at(last);
    const double flow = std::sqrt(v_first / v_last), sde = std::sqrt(last / first) * v_first / v_last;
    const double share = std::pow(flow, 1 - eta * eta) * std::pow(sde, eta * eta);
    return {std::sqrt(first) * kMean - share * std::sqrt(last) * kMean, v_first + share * share * (1 - v_last)};
}

using Step = std::function<Tensor(const VpSchedule&, const Tensor& x, int i, const Prediction& said, const Fresh&)>;

// By n steps, without sampling error: every step is affine, so x is kept as its constant and its factor of each number
// drawn.
Moments after(const VpSchedule& schedule, const Step& step) {
    const int n = schedule.steps() - 1;
    const Tensor one = at::eye(n + 2, at::kDouble);
    int drawn = 1;
    const Fresh fresh = [&] { return one[++drawn]; };
    const Tensor x = sample(
        one[1], n,
        [&](const Tensor& at, int i) {
            const double kept = schedule.alpha_bar(i), gain = std::sqrt(kept) * kVariance / variance_at(kept);
            return from_clean(schedule, i, at, kMean * one[0] + gain * (at - std::sqrt(kept) * kMean * one[0]), false);
        },
        [&](const Tensor& at, int i, const Prediction& said) { return step(schedule, at, i, said, fresh); }, 1);
    const double mean = x[0].item<double>();
    return {mean, x.square().sum().item<double>() - mean * mean};
}

// n steps against 2n. With eta 1 a step's mean is the posterior's, so that the mean is exact after any number of steps.
void expect_order(double order, double eta, const Step& step) {
    const auto error = [&](int n) {
        const VpSchedule schedule = uneven(n);
        const Moments got = after(schedule, step), wanted = exact(schedule, eta);
        return Moments{std::abs(got.mean - wanted.mean), std::abs(got.variance - wanted.variance)};
    };
    for (const int n : {256, 512}) {
        const Moments coarse = error(n), fine = error(2 * n);
        if (eta == 1) {
            EXPECT_LT(coarse.mean, 1e-12) << n << " steps";
        } else {
            EXPECT_NEAR(std::log2(coarse.mean / fine.mean), order, 0.1) << "mean, eta " << eta << ", " << n << " steps";
        }
        EXPECT_NEAR(std::log2(coarse.variance / fine.variance), order, 0.1)
            << "variance, eta " << eta << ", " << n << " steps";
    }
}

// A fresh history each time that sampling begins, at the last step.
Step dpm_solver() {
    return [before = Tensor()](const VpSchedule& schedule, const Tensor& x, int i, const Prediction& said,
                               const Fresh&) mutable {
        if (i == schedule.steps() - 1) before = Tensor();
        const Tensor next = dpm_solver_step(schedule, i, x, said.clean, before);
        before = said.clean;
        return next;
    };
}

Step ddim(double eta) {
    return [eta](const VpSchedule& schedule, const Tensor&, int i, const Prediction& said, const Fresh& fresh) {
        return ddim_step(schedule, i, said, eta, fresh);
    };
}

TEST(SolverOrder, DdimIsOfTheFirst) {
    for (const double eta : {0.0, 0.5, 1.0}) expect_order(1, eta, ddim(eta));
}

TEST(SolverOrder, AncestralIsOfTheFirst) {
    for (const double between : {-1.0, 0.0, 1.0}) {
        expect_order(1, 1,
                     [&](const VpSchedule& schedule, const Tensor& x, int i, Prediction said, const Fresh& fresh) {
                         said.variance = at::full_like(x, between);
                         return ancestral_step(schedule, i, x, said, fresh);
                     });
    }
    expect_order(1, 1,
                 [](const VpSchedule& schedule, const Tensor& x, int i, const Prediction& said, const Fresh& fresh) {
                     return ancestral_step(schedule, i, x, said, fresh);
                 });
}

TEST(SolverOrder, DpmSolver2MIsOfTheSecond) { expect_order(2, 0, dpm_solver()); }

TEST(SolverOrder, DpmSolver2MIsNearerInFewSteps) {
    const VpSchedule schedule = uneven(20);
    const double wanted = exact(schedule, 0).variance;
    EXPECT_LT(std::abs(after(schedule, dpm_solver()).variance - wanted),
              0.5 * std::abs(after(schedule, ddim(0)).variance - wanted));
}

}  // namespace
}  // namespace bfr::nets::diffusion

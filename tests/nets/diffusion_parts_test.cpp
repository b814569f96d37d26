// Schedules by their formulas, what networks predict, guidance, batches.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "nets/diffusion/guidance.h"

namespace bfr::nets::diffusion {
namespace {

Tensor normal(at::IntArrayRef sizes, uint64_t seed) {
    at::manual_seed(seed);
    return at::randn(sizes, at::kDouble);
}

double apart(const Tensor& a, const Tensor& b) { return (a - b).abs().max().item<double>(); }

double sigma(const VpSchedule& schedule, int i) { return std::exp(-schedule.lambda(i)); }

TEST(VpSchedule, BetasGrowByTheirFormulas) {
    const VpSchedule linear = VpSchedule::linear(11, 0.01, 0.21), scaled = VpSchedule::scaled_linear(11, 0.01, 0.36);
    for (int i = 0; i <= 10; i++) {
        EXPECT_NEAR(linear.beta(i), 0.01 + 0.02 * i, 1e-15);
        EXPECT_NEAR(scaled.beta(i), std::pow(0.1 + 0.05 * i, 2), 1e-15);
    }
    EXPECT_NEAR(VpSchedule::linear(1, 0.1, 0.9).beta(0), 0.1, 1e-15);
    EXPECT_NEAR(VpSchedule::scaled_linear(1, 0.1, 0.9).beta(0), 0.1, 1e-15);
    // sqrt(1 / alpha_bar - 1) of Stable Diffusion's schedule at both ends, as published
    const VpSchedule latent = VpSchedule::scaled_linear(1000, 0.00085, 0.012);
    EXPECT_NEAR(sigma(latent, 0), 0.0292, 5e-5);
    EXPECT_NEAR(sigma(latent, 999), 14.6146, 5e-5);
}

TEST(VpSchedule, CosineKeepsASquaredCosine) {
    const VpSchedule schedule = VpSchedule::cosine();
    const auto root = [](double share) { return std::cos((share + 0.008) / 1.008 * std::acos(0.0)); };
    for (int i = 0; i < 999; i++)
        EXPECT_NEAR(schedule.alpha_bar(i), std::pow(root((i + 1) / 1000.0) / root(0), 2), 1e-13) << i;
    EXPECT_EQ(schedule.beta(999), 0.999);
}

TEST(VpSchedule, StepsAreEvenInLogSnr) {
    for (const VpSchedule& schedule : {VpSchedule::linear(), VpSchedule::scaled_linear(1000, 0.0015, 0.0195)}) {
        const std::vector<int> steps = log_snr_steps(schedule, 12);
        ASSERT_EQ(steps.size(), 12);
        const auto log_snr = [&](int i) {
            return std::log(schedule.alpha_bar(i)) - std::log1p(-schedule.alpha_bar(i));
        };
        const double top = log_snr(0), bottom = log_snr(999);
        for (int k = 0; k < 12; k++) {
            const double wanted = top + (bottom - top) * k / 11;
            int nearest = 0;
            for (int i = 1; i < 1000; i++)
                if (std::abs(log_snr(i) - wanted) < std::abs(log_snr(nearest) - wanted)) nearest = i;
            EXPECT_EQ(steps[static_cast<size_t>(k)], nearest) << k;
        }
    }
}

// The cosine's last steps are far apart: several wish for the same one.
TEST(VpSchedule, CrowdedStepsInLogSnrStayApart) {
    const VpSchedule schedule = VpSchedule::linear();
    for (const VpSchedule& crowded : {schedule, VpSchedule::cosine()}) {
        for (const int count : {2, 12, 100, 700, 1000}) {
            const std::vector<int> steps = log_snr_steps(crowded, count);
            EXPECT_EQ(crowded.respaced(steps).steps(), count);  // refuses what does not ascend
            EXPECT_EQ(steps.front(), 0);
            EXPECT_EQ(steps.back(), 999);
        }
    }
    EXPECT_THROW(log_snr_steps(schedule, 0), UsageError);
    EXPECT_THROW(log_snr_steps(schedule, 1001), UsageError);
}

TEST(Sampling, NoiseCleanAndVelocityGiveTheSameSample) {
    const VpSchedule all = VpSchedule::linear(), schedule = all.respaced(even_steps(1000, 20));
    const auto end = [&](const std::function<Prediction(const Tensor& x, int i, const Tensor& noise)>& predict) {
        return sample(
            normal({2, 3, 4, 4}, 1), 19,
            [&](const Tensor& x, int i) { return predict(x, i, at::tanh(x) + 1e-4 * schedule.time(i)); },
            [&](const Tensor&, int i, const Prediction& said) { return ddim_step(schedule, i, said, 0, {}); });
    };
    for (const bool clip : {false, true}) {
        const Tensor by_noise =
            end([&](const Tensor& x, int i, const Tensor& noise) { return from_noise(schedule, i, x, noise, clip); });
        const auto clean = [&](const Tensor& x, int i, const Tensor& noise) {
            return (x - std::sqrt(1 - schedule.alpha_bar(i)) * noise) / std::sqrt(schedule.alpha_bar(i));
        };
        const double size = by_noise.abs().max().item<double>();
        EXPECT_LT(apart(by_noise, end([&](const Tensor& x, int i, const Tensor& noise) {
                            return from_clean(schedule, i, x, clean(x, i, noise), clip);
                        })),
                  1e-12 * size);
        EXPECT_LT(apart(by_noise, end([&](const Tensor& x, int i, const Tensor& noise) {
                            const double kept = schedule.alpha_bar(i);
                            const Tensor velocity = std::sqrt(kept) * noise - std::sqrt(1 - kept) * clean(x, i, noise);
                            return from_velocity(schedule, i, x, velocity, clip);
                        })),
                  1e-12 * size);
    }
}

TEST(Sampling, DpmSolverBeginsAndEndsByTheFirstOrder) {
    const VpSchedule schedule = VpSchedule::linear().respaced({0, 30, 300, 999});
    const Tensor x = normal({2, 5}, 2), clean = normal({2, 5}, 3), before = normal({2, 5}, 4);
    for (const int i : {3, 1, 0})
        EXPECT_LT(apart(dpm_solver_step(schedule, i, x, clean, {}),
                        ddim_step(schedule, i, from_clean(schedule, i, x, clean, false), 0, {})),
                  1e-13);
    EXPECT_LT(apart(dpm_solver_step(schedule, 0, x, clean, before), clean), 1e-15);
}

// A loss of each picture that no symmetry helps.
Tensor loss(const Tensor& x) { return (at::sin(x) * x.roll(1, 1)).sum(1) / (1 + x.square().sum(1)); }

TEST(Guidance, GradientIsThatOfFiniteDifferences) {
    const at::NoGradGuard sampling;
    const Tensor x = normal({3, 4}, 5), got = gradient(loss, x);
    EXPECT_FALSE(got.requires_grad());
    const double small = 1e-5;
    for (int64_t b = 0; b < 3; b++) {
        EXPECT_LT(apart(gradient(loss, x.narrow(0, b, 1)), got.narrow(0, b, 1)), 1e-15);
        for (int64_t j = 0; j < 4; j++) {
            Tensor more = x.clone(), less = x.clone();
            more[b][j] += small;
            less[b][j] -= small;
            EXPECT_NEAR(got[b][j].item<double>(), ((loss(more) - loss(less)) / (2 * small))[b].item<double>(), 1e-9);
        }
    }
    EXPECT_ANY_THROW(gradient([](const Tensor& at) { return at.sum(); }, x));
}

TEST(Guidance, LeavesTheGradientsOfParametersAlone) {
    const Tensor weight = normal({4}, 6).requires_grad_(true);
    gradient([&](const Tensor& x) { return (weight * x).sum(1); }, normal({2, 4}, 7));
    EXPECT_FALSE(weight.grad().defined());
}

TEST(Guidance, ChangesPictureAndNoiseTogether) {
    const VpSchedule schedule = VpSchedule::linear().respaced({0, 30, 300, 999});
    const Tensor x = normal({2, 5}, 8), moved = normal({2, 5}, 9);
    Prediction said = from_noise(schedule, 2, x, normal({2, 5}, 10), true);
    said.variance = normal({2, 5}, 11);
    const Prediction same = guided(schedule, 2, x, said, [](const Tensor&, const Tensor&, int) { return Tensor(); });
    EXPECT_TRUE(same.clean.equal(said.clean) && same.noise.equal(said.noise));
    const Prediction other = guided(schedule, 2, x, said, [&](const Tensor& at, const Tensor& clean, int time) {
        EXPECT_TRUE(at.equal(x) && clean.equal(said.clean));
        EXPECT_EQ(time, 300);
        return moved;
    });
    EXPECT_TRUE(other.clean.equal(moved) && other.variance.equal(said.variance));
    EXPECT_LT(apart(noised(schedule, 2, other.clean, other.noise), x), 1e-14);
    EXPECT_ANY_THROW(guided(schedule, 2, x, said, [](const Tensor& at, const Tensor&, int) { return at[0]; }));
}

// Each way to sample, guided at late steps, from a noised estimate: a picture's bits don't depend on its batch, and
// without noise not on the run.
TEST(Sampling, PicturesDontKnowTheirBatch) {
    const VpSchedule schedule = VpSchedule::linear().respaced(log_snr_steps(VpSchedule::linear(), 12));
    const Tensor estimate = normal({3, 4}, 12).clamp(-1, 1), start = normal({3, 4}, 13);
    std::vector<Tensor> numbers;
    for (uint64_t i = 0; i < 12; i++) numbers.push_back(normal({3, 4}, 20 + i));
    const Guide guide = [](const Tensor&, const Tensor& clean, int time) {
        return time < 300 ? clean - 0.1 * gradient(loss, clean) : Tensor();
    };
    for (const int way : {0, 1, 2, 3}) {
        const auto run = [&](int64_t from, int64_t count) {
            Tensor before;
            return sample(
                noised(schedule, 9, estimate.narrow(0, from, count), start.narrow(0, from, count)), 9,
                [&](const Tensor& x, int i) {
                    return guided(schedule, i, x, from_noise(schedule, i, x, at::tanh(x), true), guide);
                },
                [&](const Tensor& x, int i, const Prediction& said) {
                    const Fresh fresh = [&] { return numbers[static_cast<size_t>(i)].narrow(0, from, count); };
                    if (way < 2) return ddim_step(schedule, i, said, way, way == 0 ? Fresh() : fresh);
                    if (way == 2) return ancestral_step(schedule, i, x, said, fresh);
                    const Tensor next = dpm_solver_step(schedule, i, x, said.clean, before);
                    before = said.clean;
                    return next;
                });
        };
        const Tensor together = run(0, 3);
        EXPECT_TRUE(together.equal(run(0, 3))) << way;
        for (int64_t b = 0; b < 3; b++) EXPECT_TRUE(together.narrow(0, b, 1).equal(run(b, 1))) << way << " " << b;
    }
}

}  // namespace
}  // namespace bfr::nets::diffusion

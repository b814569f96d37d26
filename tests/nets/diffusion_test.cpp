// Schedules and sampling against DifFace's own, in double (goldens/nets/difface_sampler), and by what they must hold.
#include <gmock/gmock.h>
#include <torch/torch.h>

#include <cmath>

#include "base/error.h"
#include "nets/diffusion/sampling.h"
#include "nets/diffusion/vp_schedule.h"
#include "tests/nets/support/drawn.h"
#include "tests/nets/support/golden_net.h"
#include "tests/support/support.h"

namespace bfr::nets::diffusion {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

VpSchedule difface_schedule() {
    const VpSchedule all = VpSchedule::linear();
    return all.respaced(strided_steps(all.steps(), 250));
}

class SamplerParity : public ::testing::Test {
  protected:
    void SetUp() override {
        const auto folder = testing::goldens("nets", "difface_sampler.safetensors");
        if (!folder) GTEST_SKIP() << "SKIPPED: goldens/nets/difface_sampler is not here";
        file_.emplace(SafetensorsFile::open(*folder / "difface_sampler.safetensors"));
        inputs_ = Json::parse(file_->metadata().at("inputs"));
        rounding_ = Json::parse(file_->metadata().at("float32_vs_float64"));
    }
    std::vector<double> table(const std::string& name) const { return to_doubles(file_->at(name)); }
    void expect_table(const std::string& name, const std::function<double(int)>& of) const {
        const auto wanted = table(name);
        ASSERT_EQ(wanted.size(), 250) << name;
        for (int i = 0; i < 250; i++) {
            const double value = wanted[static_cast<size_t>(i)];
            EXPECT_NEAR(of(i), value, 1e-11 * std::abs(value)) << name << " " << i;
        }
    }
    Tensor input(const std::string& name, at::ScalarType type) const {
        const Json& entry = inputs_.at(name);
        return testing::hashed(entry.at("name").get<std::string>(), entry.at("shape").get<std::vector<int64_t>>(),
                               entry.at("lo").get<double>(), entry.at("hi").get<double>())
            .to(type);
    }
    void expect(const std::string& name, const Tensor& got) const {
        const Tensor wanted = torch::tensor(table(name), at::kDouble).view({1, 3, 16, 16});
        const double allowed = got.scalar_type() == at::kDouble ? 1e-12 : 10 * rounding_.at(name).get<double>();
        EXPECT_LT(difference(got, wanted), allowed) << name << " " << got.scalar_type();
    }

    std::optional<SafetensorsFile> file_;
    Json inputs_, rounding_;
};

TEST_F(SamplerParity, Schedule) {
    const VpSchedule schedule = difface_schedule();
    const std::vector<int> even = even_steps(1000, 250);
    ASSERT_EQ(schedule.steps(), 250);
    expect_table("timestep_map", [&](int i) { return schedule.time(i); });
    expect_table("timestep_map_250", [&](int i) { return even[static_cast<size_t>(i)]; });
    expect_table("betas", [&](int i) { return schedule.beta(i); });
    expect_table("alphas_cumprod", [&](int i) { return schedule.alpha_bar(i); });
    expect_table("posterior_mean_coef1", [&](int i) { return schedule.posterior(i).clean; });
    expect_table("posterior_mean_coef2", [&](int i) { return schedule.posterior(i).noisy; });
    expect_table("posterior_variance", [&](int i) { return schedule.posterior(i).variance; });
    expect_table("posterior_log_variance_clipped", [&](int i) { return schedule.log_variance(i); });
}

// The golden's network is a formula.
TEST_F(SamplerParity, Steps) {
    const VpSchedule schedule = difface_schedule();
    for (const auto type : {at::kDouble, at::kFloat}) {
        const Tensor e = input("e", type);
        const auto predict = [&](const Tensor& x, int i) {
            Prediction said = from_noise(schedule, i, x, 0.8 * x + e + 1e-4 * schedule.time(i), true);
            said.variance = 2 * e;
            return said;
        };
        const auto step = [&](bool ddim, const std::string& name, const Tensor& x, const std::string& noise) {
            const int i = std::stoi(name.substr(5));
            const Prediction said = predict(x, i);
            const Fresh fresh = [&] { return input(noise, type); };
            const Tensor y =
                ddim ? ddim_step(schedule, i, said, 0.5, fresh) : ancestral_step(schedule, i, x, said, fresh);
            expect(name + "_x0", said.clean);
            expect(name, y);
            return y;
        };
        const Tensor start = noised(schedule, 100, input("x0", type), input("noise0", type));
        expect("start", start);
        const Tensor second = step(true, "ddim_99", start, "noise1");
        step(true, "ddim_0", step(true, "ddim_98", second, "noise2"), "noise1");
        step(false, "ddpm_0", step(false, "ddpm_99", start, "noise1"), "noise2");
    }
}

TEST(VpSchedule, StepsAreTakenByWholeStrides) {
    EXPECT_EQ(strided_steps(10, 5), (std::vector<int>{0, 2, 4, 6, 8}));
    EXPECT_EQ(strided_steps(10, 4), (std::vector<int>{0, 3, 6, 9}));
    EXPECT_EQ(strided_steps(1000, 1000).back(), 999);
    for (const int count : {0, 6, 11, -1})
        EXPECT_THAT([&] { strided_steps(10, count); }, ThrowsMessage<UsageError>(HasSubstr("of 10 steps"))) << count;
    EXPECT_EQ(even_steps(10, 4), (std::vector<int>{0, 3, 6, 9}));
    EXPECT_EQ(even_steps(10, 1), std::vector<int>{0});
    EXPECT_THROW(even_steps(10, 11), UsageError);
    EXPECT_THROW(even_steps(10, 0), UsageError);
}

TEST(VpSchedule, RespacedTwiceIsRespacedOnce) {
    const VpSchedule all = VpSchedule::linear(), once = all.respaced({0, 8, 24, 900}),
                     twice = all.respaced({0, 4, 8, 24, 600, 900}).respaced({0, 2, 3, 5});
    ASSERT_EQ(twice.steps(), 4);
    for (int i = 0; i < 4; i++) {
        EXPECT_EQ(twice.time(i), once.time(i));
        EXPECT_NEAR(twice.alpha_bar(i), all.alpha_bar(once.time(i)), 1e-15);
        EXPECT_NEAR(twice.beta(i), once.beta(i), 1e-14);
    }
    EXPECT_ANY_THROW(all.respaced({4, 4}));
    EXPECT_ANY_THROW(all.respaced({0, 1000}));
    EXPECT_ANY_THROW(all.respaced({-1}));
    EXPECT_ANY_THROW(VpSchedule({}));
    EXPECT_ANY_THROW(VpSchedule({0.1, 1.0}));
}

// Who is told the noise finds the picture, whatever the steps.
TEST(Sampling, DdimOfTheTrueNoiseEndsAtThePicture) {
    const Tensor clean = drawn({1, 3, 4, 4}, 1).to(at::kDouble).clamp(-1, 1),
                 noise = drawn({1, 3, 4, 4}, 2).to(at::kDouble);
    const VpSchedule schedule = VpSchedule::linear().respaced({3, 40, 200, 950});
    const auto never = []() -> Tensor { throw Error("eta 0 draws no numbers"); };
    std::vector<int> taken;
    const Tensor found = sample(
        noised(schedule, 3, clean, noise), 3,
        [&](const Tensor& x, int i) {
            taken.push_back(i);
            return from_noise(schedule, i, x, noise, true);
        },
        [&](const Tensor&, int i, const Prediction& said) { return ddim_step(schedule, i, said, 0, never); });
    EXPECT_EQ(taken, (std::vector<int>{3, 2, 1, 0}));
    EXPECT_LT(difference(found, clean), 1e-12);
}

TEST(Sampling, DdimWithEtaOneIsAncestral) {
    const VpSchedule schedule = difface_schedule();
    const Tensor x = drawn({2, 3, 4, 4}, 3).to(at::kDouble), noise = drawn({2, 3, 4, 4}, 4).to(at::kDouble),
                 fresh = drawn({2, 3, 4, 4}, 5).to(at::kDouble);
    for (const int i : {0, 1, 100, 249}) {
        const Prediction said = from_noise(schedule, i, x, noise, false);
        EXPECT_LT(difference(ddim_step(schedule, i, said, 1, [&] { return fresh; }),
                             ancestral_step(schedule, i, x, said, [&] { return fresh; })),
                  1e-10)
            << i;
    }
}

// Of numbers of N(0, v) the best prediction is known: sampling must give numbers of N(0, v) again. With eta 1, 500
// steps miss the variance by 3%.
TEST(Sampling, KeepsTheDistribution) {
    const VpSchedule all = VpSchedule::linear();
    const VpSchedule schedule = all.respaced(strided_steps(all.steps(), 500));
    const double variance = 0.25;
    const int64_t count = 40000;
    at::manual_seed(6);
    const auto predict = [&](const Tensor& x, int i) {
        const double kept = schedule.alpha_bar(i);
        return from_noise(schedule, i, x, std::sqrt(1 - kept) / (kept * variance + 1 - kept) * x, false);
    };
    const Fresh fresh = [&] { return at::randn({count}, at::kDouble); };
    const Tensor start = at::randn({count}, at::kDouble);
    const auto spread = [&](const auto& step) {
        return sample(start, 499, predict, step).var().template item<double>();
    };
    for (const double eta : {0.0, 0.5, 1.0}) {
        EXPECT_NEAR(spread([&](const Tensor&, int i, const Prediction& said) {
                        return ddim_step(schedule, i, said, eta, fresh);
                    }),
                    variance, 0.05 * variance)
            << eta;
    }
}

}  // namespace
}  // namespace bfr::nets::diffusion

#include "nets/clrface/latent_prior.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "base/error.h"
#include "nets/prepare.h"

namespace bfr::nets::clrface {
namespace {

AdmUnetOptions sizes() {
    return {.side = 8,
            .in = 8,
            .out = 4,
            .width = 32,
            .widths = {1, 1, 2},
            .blocks = {2, 2, 1},
            .attention = {4, 2},
            .head_width = kHeadWidth};
}

double apart(const Tensor& a, const Tensor& b) {
    return ((a - b).abs().max() / b.abs().max().clamp_min(1e-12)).item<double>();
}

Tensor numbers(const std::string& name, int64_t count) {
    at::manual_seed(std::hash<std::string>()(name));
    return at::randn({3, 4, 8, 8}).narrow(0, 0, count).contiguous();
}

TEST(LatentPrior, TakesItsStepsBelowTheStart) {
    const auto all = schedule_of("linear");
    EXPECT_NEAR(all.beta(0), 0.0015, 1e-15);
    EXPECT_NEAR(all.beta(999), 0.0195, 1e-15);
    for (const auto& [start, steps] : {std::pair{1000, 25}, {400, 10}, {400, 400}, {7, 2}}) {
        for (const Sampler sampler : {Sampler::kDdim, Sampler::kDpmSolver}) {
            const auto some = taken(all, {.steps = steps, .sampler = sampler, .start = start});
            EXPECT_EQ(some.steps(), steps);
            EXPECT_EQ(some.time(0), 0);
            EXPECT_EQ(some.time(steps - 1), start - 1);
        }
    }
    EXPECT_EQ(taken(all, {.steps = 1}).time(0), 999);
    EXPECT_THROW(taken(all, {.steps = 11, .start = 10}), UsageError);
    EXPECT_THROW(taken(all, {.steps = 1001}), UsageError);
}

// What the network should say makes the clean latent again, whatever it says it in.
TEST(LatentPrior, EachTargetGivesTheCleanLatent) {
    const Tensor clean = numbers("clean", 3), noise = numbers("noise", 3);
    for (const Parameter parameter : {Parameter::kNoise, Parameter::kClean, Parameter::kVelocity}) {
        const LatentPrior prior({sizes(), "linear", parameter});
        const auto& schedule = prior.schedule();
        for (const int i : {10, 300, 800}) {
            const Tensor said = prior.target(clean, noise, at::full({3}, schedule.alpha_bar(i)));
            const Tensor noisy = diffusion::noised(schedule, i, clean, noise);
            const auto made = parameter == Parameter::kNoise ? diffusion::from_noise(schedule, i, noisy, said, false)
                              : parameter == Parameter::kClean
                                  ? diffusion::from_clean(schedule, i, noisy, said, false)
                                  : diffusion::from_velocity(schedule, i, noisy, said, false);
            EXPECT_LT(apart(made.clean, clean), 2e-4) << i;
            EXPECT_LT(apart(made.noise, noise), 2e-4) << i;
        }
    }
}

// Each sampler: the same draws give the same bits, whatever else is in the batch; and from an estimate it stays near.
TEST(LatentPrior, SamplesAreAFunctionOfTheirDraws) {
    const at::NoGradGuard no_grad;
    at::manual_seed(1);
    LatentPrior prior({sizes(), "linear", Parameter::kVelocity});
    prior.eval();
    prepare_for_inference(prior);
    for (const SamplingOptions& options :
         {SamplingOptions{.steps = 4}, SamplingOptions{.steps = 4, .eta = 1},
          SamplingOptions{.steps = 4, .sampler = Sampler::kAncestral},
          SamplingOptions{.steps = 4, .sampler = Sampler::kDpmSolver}, SamplingOptions{.steps = 3, .start = 200}}) {
        const auto run = [&](int64_t count, const diffusion::Guide& guide) {
            int done = 0;
            const Tensor made = sample_latent(
                prior, options, numbers("condition", count), numbers("estimate", count),
                [&](const std::string& name) { return numbers(name, count); }, guide,
                [&](int n, const Tensor& clean, const Tensor& noisy) {
                    EXPECT_EQ(n, ++done);
                    EXPECT_EQ(clean.sizes(), noisy.sizes());
                });
            EXPECT_EQ(done, options.steps);
            return made;
        };
        const Tensor all = run(3, {});
        EXPECT_TRUE(all.equal(run(3, {})));
        EXPECT_TRUE(all.narrow(0, 0, 1).equal(run(1, {})));
        // a guide has the last word: DDIM and DPM-Solver++ end with the clean latent itself
        const Tensor guided =
            run(3, [](const Tensor&, const Tensor& clean, int) { return at::full_like(clean, 0.25); });
        EXPECT_LT((guided - 0.25).abs().max().item<float>(), 1e-4);
    }
}

TEST(LatentPrior, SizesAreReadOffItsTensors) {
    for (AdmUnetOptions options : {sizes(), AdmUnetOptions{.side = 16,
                                            .in = 6,
                                            .out = 3,
                                            .width = 32,
                                            .widths = {2, 3},
                                            .blocks = {1, 3},
                                            .attention = {},
                                            .head_width = kHeadWidth}}) {
        const LatentPrior prior({options, "linear", Parameter::kNoise});
        StateDict tensors;
        for (const auto& item : prior.named_parameters()) tensors[item.key()] = item.value().detach();
        const AdmUnetOptions found = prior_sizes(tensors, options.side, "file");
        EXPECT_EQ(found.in, options.in);
        EXPECT_EQ(found.out, options.out);
        EXPECT_EQ(found.width, options.width);
        EXPECT_EQ(found.widths, options.widths);
        EXPECT_EQ(found.blocks, options.blocks);
        EXPECT_EQ(found.attention, options.attention);
        EXPECT_THROW(prior_sizes(tensors, 1, "file"), Error);
        tensors["unet.input_blocks.0.0.weight"] = at::zeros({32, 5, 3, 3});
        EXPECT_THROW(prior_sizes(tensors, options.side, "file"), Error);
        tensors.erase("unet.out.2.weight");
        EXPECT_THROW(prior_sizes(tensors, options.side, "file"), Error);
    }
}

}  // namespace
}  // namespace bfr::nets::clrface

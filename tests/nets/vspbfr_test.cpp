#include <gtest/gtest.h>
#include <torch/torch.h>

#include "nets/style_encoder.h"
#include "nets/stylegan2_discriminator.h"
#include "nets/stylegan2_generator.h"
#include "nets/vspbfr_code_diffuser.h"
#include "nets/vspbfr_restoration.h"
#include "tests/nets/support/golden_net.h"
#include "tests/support/support.h"

namespace bfr {
namespace {

using testing::GoldenNet;
using testing::HashedNoise;

// Compares with what the authors' networks compute: the parts vspbfr/*.safetensors of the goldens, whatever their salt.
class VspbfrParity : public ::testing::Test {
  protected:
    void SetUp() override {
        folder_ = testing::goldens("vspbfr");
        BFR_SKIP_WITHOUT("the goldens' part vspbfr", folder_);
    }
    GoldenNet part(const std::string& name) const { return GoldenNet(*folder_, name); }
    std::optional<std::filesystem::path> folder_;
    at::NoGradGuard no_grad_;
};

int64_t size_of(const std::string& part) { return std::stoll(part.substr(part.rfind('_') + 1)); }

// The kernels of inference and the differentiable operations are two ways to the same values.
struct NetCase {
    std::string part;
    bool gradients = false;
    bool prepared = false;
};

std::string case_name(const ::testing::TestParamInfo<NetCase>& info) {
    return info.param.part + (info.param.gradients ? "_gradients" : "") + (info.param.prepared ? "_prepared" : "");
}

class VspbfrSizesParity : public VspbfrParity, public ::testing::WithParamInterface<NetCase> {
  protected:
    void SetUp() override {
        VspbfrParity::SetUp();
        at::GradMode::set_enabled(GetParam().gradients);
    }
    template <class Net>
    Net filled(const GoldenNet& golden) const {
        Net net({.size = size_of(GetParam().part)});
        golden.fill(net);
        net.eval();
        if (GetParam().prepared) nets::prepare_for_inference(net);
        return net;
    }
};

TEST_F(VspbfrParity, StyleEncoder) {
    const GoldenNet golden = part("style_encoder");
    nets::StyleEncoder net({});
    golden.fill(net);
    net.eval();
    at::GradMode::set_enabled(true);
    golden.expect_output("w_plus", net.forward(golden.input("x")));
    at::GradMode::set_enabled(false);
    nets::prepare_for_inference(net);
    golden.expect_output("w_plus", net.forward(golden.input("x")));
}

TEST_F(VspbfrParity, CodeDiffuser) {
    const GoldenNet golden = part("code_diffuser");
    nets::CodeDiffuser net({});
    golden.fill(net);
    net.eval();
    const at::Tensor x_t = golden.input("x_T"), condition = golden.input("condition");
    for (const int steps : {1, 2, 4, 8}) {
        const nets::CodeSchedule schedule(steps);
        const std::string prefix = "T" + std::to_string(steps) + "_";
        for (int t = 0; t < steps; t++) {
            const auto i = static_cast<size_t>(t);
            const at::Tensor x0 = net.forward(x_t, condition, static_cast<double>(t) / steps);
            golden.expect_output(prefix + "x0_from_x_T_at_t" + std::to_string(t), x0);
            golden.expect_output(prefix + "mean_from_x_T_at_t" + std::to_string(t),
                                 x0 * schedule.clean_weight[i] + x_t * schedule.noisy_weight[i]);
        }
        const at::Tensor last =
            nets::sample_codes(net, schedule, x_t, condition, [&](int t, const at::Tensor&, const at::Tensor& mean) {
                if (steps == 4) golden.expect_output(prefix + "after_t" + std::to_string(t), mean);
                return true;
            });
        golden.expect_output(prefix + "final", last);
    }
}

class VspbfrStyleGan2Parity : public VspbfrSizesParity {};

TEST_P(VspbfrStyleGan2Parity, MatchesTheAuthors) {
    const GoldenNet golden = part(GetParam().part);
    auto net = filled<nets::StyleGan2>(golden);
    int features = 0;
    while (golden.has("feature_" + std::to_string(features))) features++;
    ASSERT_GT(features, 3);
    const auto result = net.forward(golden.input("w_plus"), HashedNoise(golden.salt()), features, true);
    golden.expect_output("image", result.image);
    for (int k = 0; k < features; k++)
        golden.expect_output("feature_" + std::to_string(k), result.features[static_cast<size_t>(k)]);
    golden.expect_output("mapping", net.map(golden.input("z")));
}
INSTANTIATE_TEST_SUITE_P(Ways, VspbfrStyleGan2Parity,
                         ::testing::Values(NetCase{"stylegan2_64"}, NetCase{"stylegan2_64", true},
                                           NetCase{"stylegan2_64", false, true},
                                           NetCase{"stylegan2_1024", false, true}),
                         case_name);

class VspbfrRestorationParity : public VspbfrSizesParity {};

TEST_P(VspbfrRestorationParity, MatchesTheAuthors) {
    const GoldenNet golden = part(GetParam().part);
    const int64_t size = size_of(GetParam().part);
    auto net = filled<nets::RestorationNet>(golden);
    std::vector<at::Tensor> features;
    for (int64_t side = 4; side <= size; side *= 2) features.push_back(golden.input("features", features.size()));
    const auto result = net.forward(golden.input("lq"), features, golden.input("w_plus"), net.map(golden.input("z")),
                                    HashedNoise(golden.salt()));
    golden.expect_output("image", result.image);
    golden.expect_output("latent", result.latent);
}
INSTANTIATE_TEST_SUITE_P(Ways, VspbfrRestorationParity,
                         ::testing::Values(NetCase{"restoration_64"}, NetCase{"restoration_64", true},
                                           NetCase{"restoration_64", false, true},
                                           NetCase{"restoration_512", false, true}),
                         case_name);

TEST_F(VspbfrParity, Discriminator) {
    const GoldenNet golden = part("discriminator_64");
    nets::Discriminator net({.size = 64});
    golden.fill(net);
    net.eval();
    golden.expect_output("score", net.forward(golden.input("x")));
}

}  // namespace
}  // namespace bfr

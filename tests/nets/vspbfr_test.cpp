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

class VspbfrSizesParity : public VspbfrParity, public ::testing::WithParamInterface<std::string> {};

TEST_F(VspbfrParity, StyleEncoder) {
    const GoldenNet golden = part("style_encoder");
    nets::StyleEncoder net({});
    golden.fill(net);
    net.eval();
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

TEST_P(VspbfrSizesParity, StyleGan2) {
    const GoldenNet golden = part(GetParam());
    nets::StyleGan2 net({.size = size_of(GetParam())});
    golden.fill(net);
    net.eval();
    int features = 0;
    while (golden.has("feature_" + std::to_string(features))) features++;
    ASSERT_GT(features, 3);
    const auto result = net.forward(golden.input("w_plus"), HashedNoise(golden.salt()), features, true);
    golden.expect_output("image", result.image);
    for (int k = 0; k < features; k++)
        golden.expect_output("feature_" + std::to_string(k), result.features[static_cast<size_t>(k)]);
    golden.expect_output("mapping", net.map(golden.input("z")));
}
INSTANTIATE_TEST_SUITE_P(StyleGan2, VspbfrSizesParity, ::testing::Values("stylegan2_64", "stylegan2_1024"),
                         [](const auto& info) { return info.param; });

class VspbfrRestorationParity : public VspbfrParity, public ::testing::WithParamInterface<std::string> {};

TEST_P(VspbfrRestorationParity, Restores) {
    const GoldenNet golden = part(GetParam());
    const int64_t size = size_of(GetParam());
    nets::RestorationNet net({.size = size});
    golden.fill(net);
    net.eval();
    std::vector<at::Tensor> features;
    for (int64_t side = 4; side <= size; side *= 2) features.push_back(golden.input("features", features.size()));
    const auto result = net.forward(golden.input("lq"), features, golden.input("w_plus"), golden.input("z"),
                                    HashedNoise(golden.salt()));
    golden.expect_output("image", result.image);
    golden.expect_output("latent", result.latent);
}
INSTANTIATE_TEST_SUITE_P(Restoration, VspbfrRestorationParity, ::testing::Values("restoration_64", "restoration_512"),
                         [](const auto& info) { return info.param; });

TEST_F(VspbfrParity, Discriminator) {
    const GoldenNet golden = part("discriminator_64");
    nets::Discriminator net({.size = 64});
    golden.fill(net);
    net.eval();
    golden.expect_output("score", net.forward(golden.input("x")));
}

}  // namespace
}  // namespace bfr

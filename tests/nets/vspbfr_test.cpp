// Compares with what the authors' networks compute: every part in the folder vspbfr of the goldens, built from its
// layout, whatever its name, size and salt.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <regex>
#include <set>

#include "nets/vspbfr_sizes.h"
#include "tests/nets/support/golden_net.h"
#include "tests/nets/support/golden_parts.h"
#include "tests/support/support.h"

namespace bfr {
namespace {

using testing::GoldenNet;
using testing::GoldenPart;
using testing::HashedNoise;
using Network = testing::VspbfrNetwork;

// The differentiable operations, the kernels of inference, and these with prepared weights: three ways to the same
// values.
enum class Way { kGradients, kKernels, kPrepared };

struct PartCase {
    GoldenPart part;
    Way way;
};

constexpr int64_t kLargestOfAllWays =
    256;  // pixels; beyond it a comparison takes seconds, and gigabytes with gradients

// The side of the picture that a network makes or reads; 0 where it has no such size.
int64_t side_of(const GoldenPart& part, const std::filesystem::path& folder) {
    const StateDict shapes = GoldenNet(folder, part.name).shapes();
    switch (part.network) {
        case Network::kStyleGan2:
            return nets::stylegan2_sizes(shapes, part.name).size;
        case Network::kRestoration:
            return nets::restoration_sizes(shapes, part.name).size;
        case Network::kDiscriminator:
            return nets::discriminator_sizes(shapes, part.name).size;
        default:
            return 0;
    }
}

std::vector<PartCase> cases() {
    std::vector<PartCase> cases;
    const auto folder = testing::goldens("vspbfr");
    if (!folder) return cases;
    for (const auto& part : testing::golden_parts(*folder)) {
        if (!part.wrong.empty()) continue;
        int64_t side = 0;
        try {
            side = side_of(part, *folder);
        } catch (const std::exception&) {
            // the comparison itself says what is wrong
        }
        if (side <= kLargestOfAllWays) {
            cases.push_back({part, Way::kGradients});
            cases.push_back({part, Way::kKernels});
        }
        cases.push_back({part, Way::kPrepared});
    }
    return cases;
}

std::string case_name(const ::testing::TestParamInfo<PartCase>& info) {
    const char* const ways[] = {"gradients", "kernels", "prepared"};
    const std::string& part = info.param.part.name;
    const std::string name = std::regex_replace(part, std::regex("[^A-Za-z0-9_]"), "_");
    const std::string number = name == part ? "" : std::to_string(info.index) + "_";  // "a b" beside "a_b"
    return name + "_" + number + ways[static_cast<int>(info.param.way)];
}

class VspbfrParity : public ::testing::TestWithParam<PartCase> {
  protected:
    VspbfrParity() : golden_(*testing::goldens("vspbfr"), GetParam().part.name), sizes_(golden_.shapes()) {
        at::GradMode::set_enabled(GetParam().way == Way::kGradients);
    }
    ~VspbfrParity() override { at::GradMode::set_enabled(true); }

    template <class Net, class Options>
    Net filled(const Options& options) const {
        Net net(options);
        golden_.fill(net);
        net.eval();
        if (GetParam().way == Way::kPrepared) nets::prepare_for_inference(net);
        return net;
    }

    void style_encoder() const {
        auto net = filled<nets::StyleEncoder>(nets::style_encoder_sizes(sizes_, name()));
        golden_.expect_output("w_plus", net.forward(golden_.input("x")));
    }

    void code_diffuser() const {
        auto net = filled<nets::CodeDiffuser>(nets::code_diffuser_sizes(sizes_, name()));
        const at::Tensor x_t = golden_.input("x_T"), condition = golden_.input("condition");
        std::set<int> all_steps;  // the T of "T8_final"
        for (const auto& output : golden_.outputs()) all_steps.insert(std::stoi(output.substr(1)));
        for (const int steps : all_steps) {
            const nets::CodeSchedule schedule(steps);
            const std::string prefix = "T" + std::to_string(steps) + "_";
            for (int t = 0; t < steps; t++) {
                const auto i = static_cast<size_t>(t);
                const at::Tensor x0 = net.forward(x_t, condition, static_cast<double>(t) / steps);
                golden_.expect_output(prefix + "x0_from_x_T_at_t" + std::to_string(t), x0);
                golden_.expect_output(prefix + "mean_from_x_T_at_t" + std::to_string(t),
                                      x0 * schedule.clean_weight[i] + x_t * schedule.noisy_weight[i]);
            }
            const auto compare = [&](int t, const at::Tensor&, const at::Tensor& mean) {
                const std::string output = prefix + "after_t" + std::to_string(t);
                if (golden_.has(output)) golden_.expect_output(output, mean);
                return true;
            };
            golden_.expect_output(prefix + "final", nets::sample_codes(net, schedule, x_t, condition, compare));
        }
    }

    void stylegan2() const {
        auto net = filled<nets::StyleGan2>(nets::stylegan2_sizes(sizes_, name()));
        int features = 0;
        while (golden_.has("feature_" + std::to_string(features))) features++;
        const auto result = net.forward(golden_.input("w_plus"), HashedNoise(golden_.salt()), features, true);
        golden_.expect_output("image", result.image);
        for (int k = 0; k < features; k++)
            golden_.expect_output("feature_" + std::to_string(k), result.features.at(static_cast<size_t>(k)));
        golden_.expect_output("mapping", net.map(golden_.input("z")));
    }

    void restoration() const {
        const auto sizes = nets::restoration_sizes(sizes_, name());
        auto net = filled<nets::RestorationNet>(sizes);
        std::vector<at::Tensor> features;
        for (int64_t side = 4; side <= sizes.size; side *= 2)
            features.push_back(golden_.input("features", features.size()));
        const auto result = net.forward(golden_.input("lq"), features, golden_.input("w_plus"),
                                        net.map(golden_.input("z")), HashedNoise(golden_.salt()));
        golden_.expect_output("image", result.image);
        golden_.expect_output("latent", result.latent);
    }

    void discriminator() const {
        auto net = filled<nets::Discriminator>(nets::discriminator_sizes(sizes_, name()));
        golden_.expect_output("score", net.forward(golden_.input("x")));
    }

    const std::string& name() const { return GetParam().part.name; }

    GoldenNet golden_;
    StateDict sizes_;
};

TEST_P(VspbfrParity, MatchesTheAuthors) {
    switch (GetParam().part.network) {
        case Network::kStyleEncoder:
            style_encoder();
            break;
        case Network::kCodeDiffuser:
            code_diffuser();
            break;
        case Network::kStyleGan2:
            stylegan2();
            break;
        case Network::kRestoration:
            restoration();
            break;
        case Network::kDiscriminator:
            discriminator();
            break;
        case Network::kUnknown:
            FAIL();
    }
    golden_.expect_all_compared();
}
// without a part there is nothing to instantiate; the test below says whether that is right
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(VspbfrParity);
INSTANTIATE_TEST_SUITE_P(Parts, VspbfrParity, ::testing::ValuesIn(cases()), case_name);

// Nothing is left out in silence: a folder that was named holds parts, and each is one that is compared above.
TEST(VspbfrPartsParity, AreThereAndAreKnown) {
    const auto folder = testing::goldens("vspbfr");
    if (const auto given = testing::given_goldens(); given && !folder) {
        if (std::filesystem::is_directory(*given / "nets"))
            GTEST_SKIP() << "SKIPPED: " << given->string() << " holds other networks and nothing of VSPBFR";
        FAIL() << given->string() << " has no folder vspbfr, nor nets: there is nothing to compare";
    }
    BFR_SKIP_WITHOUT("the goldens' part vspbfr", folder);
    const auto parts = testing::golden_parts(*folder);
    EXPECT_FALSE(parts.empty()) << folder->string() << " holds no PART.layout.json: nothing of VSPBFR can be compared";
    for (const auto& part : parts) EXPECT_EQ(part.wrong, "") << (*folder / part.name).string();
    if (testing::given_goldens()) return;
    for (const char* part : {"style_encoder", "code_diffuser", "stylegan2_64", "stylegan2_1024", "restoration_64",
                             "restoration_512", "discriminator_64"}) {
        EXPECT_TRUE(std::ranges::any_of(parts, [&](const auto& there) { return there.name == part; })) << part;
    }
}

}  // namespace
}  // namespace bfr

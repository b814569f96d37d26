// PSFRGAN and ParseNet against what the authors' own networks compute: goldens/nets, hash-filled.
#include "nets/psfrgan.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "nets/ops/rearrange.h"
#include "nets/ops/spade.h"
#include "nets/parsenet.h"
#include "tests/nets/support/drawn.h"
#include "tests/nets/support/golden_net.h"
#include "tests/support/support.h"

namespace bfr {
namespace {

using nets::difference;
using nets::drawn;
using testing::GoldenNet;

class Threads {
  public:
    explicit Threads(int count) : before_(at::get_num_threads()) { at::set_num_threads(count); }
    ~Threads() { at::set_num_threads(before_); }

  private:
    int before_;
};

// With gradients, as LibTorch's own operations; prepared for inference.
class PsfrGanParity : public ::testing::TestWithParam<bool> {
  protected:
    void SetUp() override { at::GradMode::set_enabled(!GetParam()); }
    void TearDown() override { at::GradMode::set_enabled(true); }

    template <class Net>
    static void prepare(Net& net, const GoldenNet& golden) {
        golden.fill(net);
        net.eval();
        if (GetParam()) nets::prepare(net);
    }
};

TEST_P(PsfrGanParity, ParseNet) {
    const auto folder = testing::goldens("nets", "parsenet.safetensors");
    BFR_SKIP_WITHOUT("../shared/goldens/nets", folder);
    const GoldenNet golden(*folder, "parsenet");
    nets::ParseNet net;
    prepare(net, golden);
    const at::Tensor encoded = net.encode(golden.mixed_input());
    golden.expect_output("encoder", encoded);
    const at::Tensor decoded = net.decode(encoded), mask = net.mask(decoded);
    golden.expect_output("mask", mask);
    golden.expect_output("image", net.image(decoded));
    const auto two = mask[0].topk(2, 0);
    const at::Tensor margin = std::get<0>(two)[0] - std::get<0>(two)[1], classes = std::get<1>(two)[0];
    golden.expect_output("margin", margin);
    // Where the golden's best two are equal but for rounding, either is right.
    const at::Tensor one_hot = nets::ParseNet::one_hot(mask);
    EXPECT_EQ(one_hot.sum().item<double>(), 512 * 512);
    const auto expected = to_doubles(golden.file().at("classes")), gap = to_doubles(golden.file().at("margin"));
    const int64_t step = 17;
    const double largest = mask.abs().max().item<double>();
    const at::Tensor flat = classes.contiguous().view({-1});
    at::Tensor agreed = flat.clone();
    for (size_t i = 0; i < expected.size(); i++) {
        const auto place = static_cast<int64_t>(i) * step;
        if (flat[place].item<int64_t>() == static_cast<int64_t>(expected[i])) continue;
        EXPECT_LT(gap[i], 1e-4 * largest) << "pixel " << place;
        agreed[place] = static_cast<int64_t>(expected[i]);
    }
    golden.expect_output("classes", agreed.view({512, 512}));
    golden.expect_all_compared();
}

TEST_P(PsfrGanParity, Generator) {
    const auto folder = testing::goldens("nets", "psfrgan.safetensors");
    BFR_SKIP_WITHOUT("../shared/goldens/nets", folder);
    const GoldenNet golden(*folder, "psfrgan");
    nets::PsfrGan net;
    prepare(net, golden);
    const at::Tensor parts = nets::ParseNet::one_hot(golden.input("parse")).repeat_interleave(32, 2).repeat_interleave(32, 3);
    const auto result = net.forward(golden.mixed_input(), parts, true);
    golden.expect_output("head", result.features[0]);
    golden.expect_output("feature_64", result.features[2]);
    golden.expect_output("feature_256", result.features[4]);
    golden.expect_output("image", result.image);
    golden.expect_all_compared();
}

INSTANTIATE_TEST_SUITE_P(Nets, PsfrGanParity, ::testing::Values(false, true),
                         [](const auto& info) { return info.param ? "prepared" : "gradients"; });

TEST(PsfrGanNets, DependNotOnThreads) {
    const at::NoGradGuard no_grad;
    torch::manual_seed(3);
    nets::ParseNet parser;
    nets::PsfrGan net;
    parser.eval();
    net.eval();
    prepare(parser);
    prepare(net);
    const at::Tensor x = at::rand({1, 3, 512, 512}) * 2 - 1;
    at::Tensor mask, image;
    for (const int count : {1, 2, 3}) {
        const Threads some(count);
        const at::Tensor parsed = parser.forward(x), restored = net.forward(x, nets::ParseNet::one_hot(parsed));
        if (!mask.defined()) mask = parsed, image = restored;
        EXPECT_GT(restored.std().item<double>(), 0);
        EXPECT_TRUE(at::equal(parsed, mask)) << count;
        EXPECT_TRUE(at::equal(restored, image)) << count;
    }
}

TEST(PsfrGanNets, EquallyLargeClassesAreAllMarked) {
    at::Tensor mask = at::zeros({1, 19, 2, 2});
    mask[0][3][0][0] = 1;
    const at::Tensor marked = nets::ParseNet::one_hot(mask);
    EXPECT_EQ(marked.sum({1}).flatten()[0].item<float>(), 1);
    EXPECT_EQ(marked.sum({1}).flatten()[1].item<float>(), 19);
}

struct Shape {
    int64_t batch, channels, height, width;
};

class SpadeTest : public ::testing::TestWithParam<Shape> {
  protected:
    const at::NoGradGuard no_grad_;
    const Shape s_ = GetParam();
    // far from zero, as features are whose mean is large
    const at::Tensor x_ = drawn({s_.batch, s_.channels, s_.height, s_.width}, 1) + 20;
    const at::Tensor maps_ = drawn({s_.batch, 2 * s_.channels, s_.height, s_.width}, 2);
};

TEST_P(SpadeTest, IsThatOfItsName) {
    const at::Tensor x = x_.to(at::kDouble), maps = maps_.to(at::kDouble);
    const at::Tensor mean = x.mean({2, 3}, true), variance = (x - mean).square().mean({2, 3}, true);
    const at::Tensor wanted = at::leaky_relu((x - mean) / (variance + 1e-5).sqrt() * maps.narrow(1, 0, s_.channels) +
                                                 maps.narrow(1, s_.channels, s_.channels),
                                             0.2);
    const at::Tensor y = nets::spade(x_, maps_, 0.2);
    EXPECT_LT(difference(y, wanted), 1e-5);
    EXPECT_TRUE(y.is_contiguous(at::MemoryFormat::ChannelsLast));
    const at::AutoGradMode with_gradients(true);
    EXPECT_LT(difference(nets::spade(x_.clone().set_requires_grad(true), maps_, 0.2).detach(), wanted), 1e-5);
}

TEST_P(SpadeTest, DependsNeitherOnTheBatchNorOnThreads) {
    const at::Tensor all = nets::spade(x_, maps_, 0.2);
    for (const int count : {1, 3}) {
        const Threads some(count);
        for (int64_t i = 0; i < s_.batch; i++)
            EXPECT_TRUE(at::equal(nets::spade(x_.slice(0, i, i + 1), maps_.slice(0, i, i + 1), 0.2), all[i].unsqueeze(0)));
    }
}

INSTANTIATE_TEST_SUITE_P(Nets, SpadeTest,
                         ::testing::Values(Shape{1, 16, 8, 8}, Shape{2, 5, 33, 41}, Shape{3, 40, 64, 48}),
                         [](const auto& info) { return std::to_string(info.param.channels) + "channels"; });

TEST(Reflected, MirrorsAtTheEdge) {
    const at::NoGradGuard no_grad;
    for (const auto& [height, width] : {std::pair{2, 2}, {2, 7}, {9, 3}, {32, 40}}) {
        const at::Tensor x = drawn({2, 5, height, width}, 4);
        EXPECT_TRUE(at::equal(nets::reflected(x), at::reflection_pad2d(x, {1, 1, 1, 1}))) << height << "x" << width;
    }
    EXPECT_ANY_THROW(nets::reflected(at::zeros({1, 1, 1, 5})));
}

}  // namespace
}  // namespace bfr

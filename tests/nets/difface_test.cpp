// DifFace's two networks against what the authors' own compute: goldens/nets, hash-filled.
#include <gmock/gmock.h>
#include <torch/torch.h>

#include "base/error.h"
#include "nets/adm_blocks.h"
#include "nets/adm_unet.h"
#include "nets/swinir.h"
#include "tests/nets/support/drawn.h"
#include "tests/nets/support/golden_net.h"
#include "tests/support/support.h"

namespace bfr {
namespace {

using at::Tensor;
using testing::GoldenNet;
using ::testing::HasSubstr;

// With gradients, as LibTorch's own operations; prepared for inference.
enum class Way { kGradients, kPrepared };

// (1, C, 512, 512) of two scales, as the goldens' notes say.
Tensor mixed(const GoldenNet& golden) {
    const Tensor coarse = golden.input("coarse").repeat_interleave(64, 2).repeat_interleave(64, 3);
    return (golden.input("fine") + coarse) * 0.5;
}

class DifFaceParity : public ::testing::TestWithParam<Way> {
  protected:
    void SetUp() override { at::GradMode::set_enabled(GetParam() == Way::kGradients); }
    void TearDown() override { at::GradMode::set_enabled(true); }

    static void prepare(torch::nn::Module& net, const GoldenNet& golden) {
        golden.fill(net);
        net.eval();
        if (GetParam() == Way::kPrepared) nets::vqgan::prepare(net);
    }
};

TEST_P(DifFaceParity, SwinIr) {
    const auto folder = testing::goldens("nets", "difface_swinir.safetensors");
    if (!folder) GTEST_SKIP() << "SKIPPED: goldens/nets/difface_swinir is not here";
    const GoldenNet golden(*folder, "difface_swinir");
    nets::SwinIr net({});
    prepare(net, golden);
    nets::SwinIr::Steps steps;
    golden.expect_output("image", net.forward((mixed(golden) + 1) * 0.5, &steps));
    golden.expect_output("first", steps.first);
    golden.expect_output("layer0", steps.layer0);
    golden.expect_output("after_body", steps.after_body);
    golden.expect_output("odd_image", net.forward(golden.input("odd")));
    golden.expect_all_compared();
}

TEST_P(DifFaceParity, DiffusionUnet) {
    const auto folder = testing::goldens("nets", "difface_unet.safetensors");
    if (!folder) GTEST_SKIP() << "SKIPPED: goldens/nets/difface_unet is not here";
    const GoldenNet golden(*folder, "difface_unet");
    nets::AdmUnet net({});
    prepare(net, golden);
    nets::AdmUnet::Steps steps;
    golden.expect_output("output", net.forward(mixed(golden), at::full({1}, 396.0), &steps));
    golden.expect_output("time", steps.time);
    golden.expect_output("level_64", steps.inputs.at(10));
    golden.expect_output("middle", steps.middle);
    golden.expect_output("small_output", net.forward(golden.input("small"), torch::tensor({396.0F, 4.0F})));
    golden.expect_all_compared();
}

INSTANTIATE_TEST_SUITE_P(Nets, DifFaceParity, ::testing::Values(Way::kGradients, Way::kPrepared),
                         [](const auto& info) { return info.param == Way::kGradients ? "gradients" : "prepared"; });

// ---- results depend neither on the batch nor on the threads

class Threads {
  public:
    explicit Threads(int count) : before_(at::get_num_threads()) { at::set_num_threads(count); }
    ~Threads() { at::set_num_threads(before_); }

  private:
    int before_;
};

using Forward = std::function<Tensor(const Tensor& x, int64_t first)>;

// `forward`: of pictures of which the first is that number of three.
void expect_independent(torch::nn::Module& net, const Tensor& x, const Forward& forward) {
    const at::NoGradGuard no_grad;
    net.eval();
    nets::vqgan::prepare(net);
    std::vector<Tensor> alone;
    {
        const Threads one(1);
        for (int64_t i = 0; i < x.size(0); i++) alone.push_back(forward(x.narrow(0, i, 1), i));
    }
    EXPECT_FALSE(at::equal(alone[0], alone[1]));
    for (const int count : {1, 2, 3}) {
        const Threads some(count);
        EXPECT_TRUE(at::equal(forward(x, 0), at::cat(alone))) << count << " threads";
    }
}

TEST(DifFaceNets, SwinIrDependsNeitherOnBatchNorThreads) {
    torch::manual_seed(1);
    nets::SwinIr net({.groups = 2, .blocks = 2});
    expect_independent(net, at::rand({3, 3, 128, 192}), [&](const Tensor& x, int64_t) { return net.forward(x); });
}

TEST(DifFaceNets, UnetDependsNeitherOnBatchNorThreads) {
    torch::manual_seed(2);
    nets::AdmUnet net({.side = 64, .widths = {1, 2, 4}, .blocks = {1, 2, 1}, .attention = {32, 16}});
    const Tensor times = torch::tensor({12.0F, 996.0F, 400.0F});
    expect_independent(net, at::randn({3, 3, 64, 96}), [&](const Tensor& x, int64_t first) {
        return net.forward(x, times.narrow(0, first, x.size(0)));
    });
}

// ---- sizes

TEST(DifFaceNets, CountTheirWork) {
    const nets::AdmUnetOptions options{
        .side = 8, .in = 3, .out = 6, .widths = {1, 2}, .blocks = {1, 1}, .attention = {4}, .head_width = 32};
    const auto conv = [](int64_t in, int64_t out, int64_t kernel, int64_t side) {
        return 2 * in * out * kernel * kernel * side * side;
    };
    const auto residual = [&](int64_t in, int64_t out, int64_t side) {
        return conv(in, out, 3, side) + conv(out, out, 3, side) + (in == out ? 0 : conv(in, out, 1, side));
    };
    const int64_t attention = 4 * conv(64, 64, 1, 4) + 4 * 16 * 16 * 64;
    const int64_t down = conv(3, 32, 3, 8) + residual(32, 32, 8) + conv(32, 32, 3, 4) + residual(32, 64, 4) + attention;
    const int64_t middle = 2 * residual(64, 64, 4) + attention;
    const int64_t up = residual(128, 64, 4) + attention + residual(96, 64, 4) + attention + conv(64, 64, 3, 8) +
                       residual(96, 32, 8) + residual(64, 32, 8) + conv(32, 6, 3, 8);
    EXPECT_EQ(nets::AdmUnet(options).flop(), down + middle + up);
}

TEST(DifFaceNets, RefuseOtherSizes) {
    const at::NoGradGuard no_grad;
    nets::SwinIr swinir({.groups = 1, .blocks = 1});
    EXPECT_ANY_THROW(swinir.forward(at::zeros({1, 3, 64, 96})));
    nets::AdmUnet unet({.side = 32, .widths = {1, 2}, .blocks = {1, 1}, .attention = {}});
    EXPECT_ANY_THROW(unet.forward(at::zeros({1, 3, 32, 31}), at::zeros({1})));
    EXPECT_ANY_THROW(unet.forward(at::zeros({2, 3, 32, 32}), at::zeros({1})));
}

// What a file says of windows is what its network was trained with: another answer is another network.
TEST(DifFaceNets, SwinIrRefusesOtherWindows) {
    for (const char* const buffer : {"layers.0.residual_group.blocks.1.attn.relative_position_index",
                                     "layers.0.residual_group.blocks.1.attn_mask"}) {
        nets::SwinIr net({.groups = 1, .blocks = 2});
        net.eval();
        const at::NoGradGuard no_grad;
        Tensor values = net.named_buffers()[buffer];
        ASSERT_TRUE(values.defined()) << buffer;
        values.view({-1})[5].add_(1);
        try {
            nets::vqgan::prepare(net);
            ADD_FAILURE() << buffer;
        } catch (const Error& error) {
            EXPECT_THAT(error.what(), HasSubstr(std::string(buffer).substr(std::string(buffer).rfind('.') + 1)));
        }
    }
}

}  // namespace
}  // namespace bfr

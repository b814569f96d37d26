// GPEN and GFPGAN against what the authors' own networks compute: goldens/nets, hash-filled.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "nets/gfpgan.h"
#include "nets/gpen.h"
#include "tests/nets/support/golden_net.h"
#include "tests/support/support.h"

namespace bfr {
namespace {

using testing::GoldenNet;

// With gradients, as LibTorch's own operations; prepared for inference.
enum class Way { kGradients, kPrepared };

class GanPriorParity : public ::testing::TestWithParam<Way> {
  protected:
    void SetUp() override { at::GradMode::set_enabled(GetParam() == Way::kGradients); }
    void TearDown() override { at::GradMode::set_enabled(true); }

    void prepare(torch::nn::Module& net, const GoldenNet& golden) const {
        golden.fill(net);
        net.eval();
        if (GetParam() == Way::kPrepared) nets::prepare_for_inference(net);
    }
    bool find(const std::string& part) {
        folder_ = testing::goldens("nets", part + ".safetensors");
        return folder_.has_value();
    }
    // Half of two hashed pictures, one of them of 8x8 pixels made large: faces aren't noise alone.
    static at::Tensor mixed(const GoldenNet& golden, int64_t times = 64) {
        const at::Tensor coarse = golden.input("coarse");
        return (golden.input("fine") + coarse.repeat_interleave(times, 2).repeat_interleave(times, 3)) * 0.5;
    }

    std::optional<std::filesystem::path> folder_;
};

#define BFR_GOLDEN_PART(part) \
    if (!find(part)) GTEST_SKIP() << "SKIPPED: goldens/nets/" << (part) << " is not here"

TEST_P(GanPriorParity, Gpen) {
    BFR_GOLDEN_PART("gpen_512");
    const GoldenNet golden(*folder_, "gpen_512");
    nets::Gpen net({});
    prepare(net, golden);
    const auto features = net.encode(mixed(golden));
    golden.expect_output("encoder_2", features[2]);
    golden.expect_output("encoder_last", features.back());
    const at::Tensor z = net.code(features.back()), w = net.map(z);
    golden.expect_output("z", z);
    golden.expect_output("w", w);
    const at::Tensor image = net.decode(w, features);
    golden.expect_output("image", image);
    golden.expect_all_compared();
    if (GetParam() == Way::kPrepared) {
        EXPECT_TRUE(at::equal(net.forward(mixed(golden)), image));
    }
}

TEST_P(GanPriorParity, GfpganClean) {
    BFR_GOLDEN_PART("gfpgan_clean");
    const GoldenNet golden(*folder_, "gfpgan_clean");
    nets::Gfpgan net({});
    prepare(net, golden);
    const auto encoded = net.encode(mixed(golden));
    golden.expect_output("style", encoded.codes);
    golden.expect_output("scale_8", encoded.conditions[0].scale);
    golden.expect_output("shift_8", encoded.conditions[0].shift);
    golden.expect_output("scale_64", encoded.conditions[3].scale);
    golden.expect_output("rgb_64", net.side_picture(encoded, 3));
    golden.expect_output("image", net.decode(encoded, net.stored_noise()));
    golden.expect_all_compared();
}

// The paper's architecture, small: tests/data/goldens/gfpgan_v1 has the script.
TEST_P(GanPriorParity, GfpganOriginal) {
    const GoldenNet golden(testing::data_dir() / "goldens" / "gfpgan_v1", "gfpgan_v1");
    nets::Gfpgan net({.kind = nets::GfpganKind::kOriginal,
                      .size = 64,
                      .channels = {.base = 32, .multiplier = 1},
                      .style_width = 48});
    prepare(net, golden);
    const auto encoded = net.encode(mixed(golden, 8));
    golden.expect_output("style", encoded.codes);
    golden.expect_output("scale_8", encoded.conditions[0].scale);
    golden.expect_output("shift_8", encoded.conditions[0].shift);
    golden.expect_output("rgb_16", net.side_picture(encoded, 1));
    golden.expect_output("image", net.decode(encoded, net.stored_noise()));
    golden.expect_all_compared();
}

INSTANTIATE_TEST_SUITE_P(Nets, GanPriorParity, ::testing::Values(Way::kGradients, Way::kPrepared),
                         [](const auto& info) { return info.param == Way::kGradients ? "gradients" : "prepared"; });

// ---- results depend neither on the threads nor on the other pictures of a batch

class Threads {
  public:
    explicit Threads(int count) : before_(at::get_num_threads()) { at::set_num_threads(count); }
    ~Threads() { at::set_num_threads(before_); }

  private:
    int before_;
};

template <class Net>
void expect_independent(Net& net, int64_t side, const std::function<at::Tensor(const at::Tensor&)>& forward) {
    const at::NoGradGuard no_grad;
    net.eval();
    nets::prepare_for_inference(net);
    const at::Tensor x = at::rand({2, 3, side, side}) * 2 - 1;
    at::Tensor alone;
    for (const int count : {1, 2, 3}) {
        const Threads some(count);
        const at::Tensor image = forward(x.narrow(0, 1, 1));
        if (!alone.defined()) alone = image;
        EXPECT_GT(image.std().template item<double>(), 0);
        EXPECT_TRUE(at::equal(image, alone)) << count << " threads";
    }
    EXPECT_TRUE(at::equal(forward(x).narrow(0, 1, 1), alone)) << "in a batch";
}

// Of the encoder's features the noise's strength, which training begins with, takes nothing.
void draw_strengths(torch::nn::Module& net) {
    const at::NoGradGuard no_grad;
    for (auto& item : net.named_parameters()) {
        if (item.key().ends_with("noise.weight") || item.value().numel() == 1) item.value().fill_(0.7);
        if (item.key().ends_with("bias")) item.value().normal_(0, 0.1);
    }
}

TEST(GanPriorThreads, Gpen) {
    torch::manual_seed(1);
    nets::Gpen net(nets::GpenOptions::of_256());
    draw_strengths(net);
    expect_independent(net, 256, [&](const at::Tensor& x) { return net.forward(x); });
}

TEST(GanPriorThreads, Gfpgan) {
    for (const auto kind : {nets::GfpganKind::kClean, nets::GfpganKind::kOriginal}) {
        torch::manual_seed(3);
        nets::Gfpgan net({.kind = kind, .size = 128, .channels = {.base = 128, .multiplier = 2}});
        draw_strengths(net);
        const testing::HashedNoise noise("threads/");
        expect_independent(net, 128, [&](const at::Tensor& x) { return net.forward(x, noise); });
    }
}

// The published sizes' numbers, and that the ways agree where there are no goldens.
TEST(GanPrior, GpenOfOtherSizes) {
    torch::manual_seed(2);
    const at::NoGradGuard no_grad;
    nets::Gpen net({.size = 16, .channels = {.base = 16, .multiplier = 2}, .style_width = 24, .mapping_layers = 2});
    draw_strengths(net);
    net.eval();
    const at::Tensor x = at::rand({2, 3, 16, 16}) * 2 - 1;
    at::GradMode::set_enabled(true);
    const at::Tensor plain = net.forward(x).detach();
    at::GradMode::set_enabled(false);
    nets::prepare_for_inference(net);
    EXPECT_LT((net.forward(x) - plain).abs().max().item<double>(), 1e-4 * plain.abs().max().item<double>());
    EXPECT_THROW(net.forward(at::zeros({1, 3, 32, 32})), std::exception);
    EXPECT_THROW(nets::Gpen({.size = 24}), std::exception);
}

}  // namespace
}  // namespace bfr

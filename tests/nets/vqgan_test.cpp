// The VQGAN family against what the authors' own networks compute: goldens/nets, hash-filled.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "nets/codeformer.h"
#include "nets/restoreformer.h"
#include "tests/nets/support/golden_net.h"
#include "tests/support/support.h"

namespace bfr {
namespace {

using testing::GoldenNet;

// With gradients, as LibTorch's own operations; prepared for inference.
enum class Way { kGradients, kPrepared };

class VqganParity : public ::testing::TestWithParam<Way> {
  protected:
    void SetUp() override { at::GradMode::set_enabled(GetParam() == Way::kGradients); }
    void TearDown() override { at::GradMode::set_enabled(true); }

    void prepare(torch::nn::Module& net, const GoldenNet& golden) const {
        golden.fill(net);
        net.eval();
        if (GetParam() == Way::kPrepared) nets::vqgan::prepare(net);
    }
    bool find(const std::string& part) {
        folder_ = testing::goldens("nets", part + ".safetensors");
        return folder_.has_value();
    }
    // Where the golden's best two are equal but for rounding, either is right: true where none of them differs.
    static bool expect_indices(const GoldenNet& golden, const at::Tensor& found, double largest) {
        const auto expected = to_doubles(golden.file().at("indices")), gap = to_doubles(golden.file().at("margin"));
        EXPECT_EQ(found.numel(), static_cast<int64_t>(expected.size()));
        bool equal = true;
        for (size_t i = 0; i < expected.size(); i++) {
            const auto index = found[static_cast<int64_t>(i)].item<int64_t>();
            if (index == static_cast<int64_t>(expected[i])) continue;
            equal = false;
            EXPECT_LT(gap[i], 1e-4 * largest) << "position " << i << ": " << index << " instead of " << expected[i];
        }
        return equal;
    }
    static at::Tensor golden_indices(const GoldenNet& golden) {
        return torch::tensor(to_doubles(golden.file().at("indices")), at::kDouble).to(at::kLong);
    }

    void expect_restoreformer(const std::string& part, const nets::RestoreFormerOptions& options);

    std::optional<std::filesystem::path> folder_;
};

#define BFR_GOLDEN_PART(part) \
    if (!find(part)) GTEST_SKIP() << "SKIPPED: goldens/nets/" << (part) << " is not here"

void VqganParity::expect_restoreformer(const std::string& part, const nets::RestoreFormerOptions& options) {
    const GoldenNet golden(*folder_, part);
    nets::RestoreFormer net(options);
    prepare(net, golden);
    const at::Tensor x = golden.input("x");
    const auto encoded = net.encode(x);
    golden.expect_output("z", encoded.z);
    golden.expect_output("mid", encoded.middle);
    const at::Tensor distances = net.codebook().distances(encoded.z);
    const at::Tensor two = std::get<0>(distances.topk(2, 1, false));
    golden.expect_output("margin", two.select(1, 1) - two.select(1, 0));
    const at::Tensor indices = net.codebook().nearest(encoded.z);
    const bool equal = expect_indices(golden, indices, distances.abs().max().item<double>());
    golden.expect_output("indices", equal ? indices : golden_indices(golden));
    const at::Tensor codes = net.codebook().pictures(golden_indices(golden), 16, 16);
    const at::Tensor image = net.decode(codes, encoded);
    golden.expect_output("image", image);
    golden.expect_all_compared();
    if (equal && GetParam() == Way::kPrepared) {
        EXPECT_TRUE(at::equal(net.forward(x), image));
    }
}

TEST_P(VqganParity, RestoreFormer) {
    BFR_GOLDEN_PART("restoreformer");
    expect_restoreformer("restoreformer", {});
}

TEST_P(VqganParity, RestoreFormerPlusPlus) {
    BFR_GOLDEN_PART("restoreformer_pp");
    expect_restoreformer("restoreformer_pp", nets::RestoreFormerOptions::plus_plus());
}

TEST_P(VqganParity, CodeFormer) {
    BFR_GOLDEN_PART("codeformer");
    const GoldenNet golden(*folder_, "codeformer");
    nets::CodeFormer net({});
    prepare(net, golden);
    const at::Tensor x = golden.input("x");
    const auto encoded = net.encode(x, true);
    golden.expect_output("lq_feat", encoded.features);
    const at::Tensor logits = net.logits(encoded.features);
    golden.expect_output("logits", logits);
    const at::Tensor two = std::get<0>(logits[0].topk(2, 1));
    golden.expect_output("margin", two.select(1, 0) - two.select(1, 1));
    const at::Tensor indices = nets::CodeFormer::best(logits);
    const bool equal = expect_indices(golden, indices, logits.abs().max().item<double>());
    golden.expect_output("indices", equal ? indices : golden_indices(golden));
    golden.expect_output("image_w0", net.decode(golden_indices(golden), net.encode(x, false), 0, true));
    golden.expect_output("image_w1", net.decode(golden_indices(golden), encoded, 1, true));
    const at::Tensor half = net.decode(golden_indices(golden), encoded, 0.5, true);
    golden.expect_output("image_w0.5", half);
    golden.expect_all_compared();
    if (equal && GetParam() == Way::kPrepared) {
        EXPECT_TRUE(at::equal(net.forward(x, 0.5, true), half));
        EXPECT_FALSE(at::equal(net.forward(x, 0.5, false), half));
    }
}

INSTANTIATE_TEST_SUITE_P(Nets, VqganParity, ::testing::Values(Way::kGradients, Way::kPrepared),
                         [](const auto& info) { return info.param == Way::kGradients ? "gradients" : "prepared"; });

// ---- results don't depend on the threads

class Threads {
  public:
    explicit Threads(int count) : before_(at::get_num_threads()) { at::set_num_threads(count); }
    ~Threads() { at::set_num_threads(before_); }

  private:
    int before_;
};

template <class Net>
void expect_independent(Net& net, const std::function<at::Tensor(const at::Tensor&)>& forward) {
    const at::NoGradGuard no_grad;
    net.eval();
    nets::vqgan::prepare(net);
    const at::Tensor x = at::rand({1, 3, 512, 512}) * 2 - 1;
    at::Tensor alone;
    for (const int count : {1, 2, 3}) {
        const Threads some(count);
        const at::Tensor image = forward(x);
        if (!alone.defined()) alone = image;
        EXPECT_GT(image.std().item<double>(), 0);
        EXPECT_TRUE(at::equal(image, alone)) << count << " threads";
    }
}

TEST(VqganThreads, RestoreFormer) {
    torch::manual_seed(1);
    nets::RestoreFormer net(nets::RestoreFormerOptions::plus_plus());
    expect_independent(net, [&](const at::Tensor& x) { return net.forward(x); });
}

TEST(VqganThreads, CodeFormer) {
    torch::manual_seed(2);
    nets::CodeFormer net({});
    expect_independent(net, [&](const at::Tensor& x) { return net.forward(x, 0.5, true); });
}

}  // namespace
}  // namespace bfr

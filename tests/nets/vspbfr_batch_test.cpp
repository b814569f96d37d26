// A picture's result doesn't depend on what else is in its batch, nor on where it stands there.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "nets/compact_style_encoder.h"
#include "nets/style_encoder.h"
#include "nets/stylegan2_generator.h"
#include "nets/vspbfr_code_diffuser.h"
#include "nets/vspbfr_restoration.h"
#include "tests/nets/support/golden_net.h"

namespace bfr {
namespace {

using testing::hashed;

constexpr double kTolerance = 2e-5;  // of the largest magnitude: oneDNN and BLAS sum in other orders for other batches

// Each picture of a batch has noise maps of its own.
class BatchNoise final : public nets::NoiseSource {
  public:
    explicit BatchNoise(std::vector<int> pictures) : pictures_(std::move(pictures)) {}
    at::Tensor noise(const std::string& layer, int64_t batch, int64_t height, int64_t width) const override {
        EXPECT_EQ(batch, std::ssize(pictures_));
        std::vector<at::Tensor> maps;
        for (const int picture : pictures_)
            maps.push_back(hashed(layer + std::to_string(picture), {1, 1, height, width}, -1.7, 1.7));
        return at::cat(maps);
    }

  private:
    std::vector<int> pictures_;
};

// Inputs of these pictures, one below another.
at::Tensor inputs(const std::string& name, const std::vector<int>& pictures, std::vector<int64_t> shape) {
    shape.insert(shape.begin(), 1);
    std::vector<at::Tensor> each;
    for (const int picture : pictures) each.push_back(hashed(name + std::to_string(picture), shape, -1, 1));
    return at::cat(each);
}

void expect_same_in_batches(const std::string& what,
                            const std::function<at::Tensor(const std::vector<int>&)>& network) {
    std::vector<at::Tensor> alone;
    for (int picture = 0; picture < 4; picture++) alone.push_back(network({picture}));
    EXPECT_GT((alone[0] - alone[1]).abs().max().item<double>(), 0.01 * alone[0].abs().max().item<double>()) << what;
    for (const std::vector<int>& order : {std::vector<int>{0, 1, 2, 3}, {2, 0, 3, 1}}) {
        const at::Tensor together = network(order);
        for (size_t k = 0; k < order.size(); k++) {
            const at::Tensor& one = alone[static_cast<size_t>(order[k])];
            const at::Tensor error = (together[static_cast<int64_t>(k)] - one[0]).abs().max();
            EXPECT_LE(error.item<double>(), kTolerance * one.abs().max().item<double>())
                << what << ": picture " << order[k] << " at place " << k;
        }
    }
}

struct BatchCase {
    const char* name;
    bool gradients, prepared, published;  // published: the published widths, of few pixels
};

class VspbfrBatch : public ::testing::TestWithParam<BatchCase> {
  protected:
    VspbfrBatch() {
        at::manual_seed(3);
        at::GradMode::set_enabled(GetParam().gradients);
    }
    ~VspbfrBatch() override { at::GradMode::set_enabled(true); }

    template <class Net>
    static void make_ready(Net& net) {
        net.eval();
        {
            const at::NoGradGuard no_grad;
            for (const auto& item : net.named_parameters()) {
                if (item.key().ends_with("noise.weight")) item.value().fill_(0.3);
            }
        }
        if (GetParam().prepared) nets::prepare_for_inference(net);
    }
    static constexpr int64_t kCompact = 16;
    static int64_t width() { return GetParam().published ? 512 : kCompact; }
    static int64_t size() { return GetParam().published ? 16 : 64; }
};

TEST_P(VspbfrBatch, StyleEncoder) {
    nets::StyleEncoderOptions options;
    if (!GetParam().published) {
        options = {.trunk = {.widths = {4, 8, 12, 16}, .units = {1, 1, 2, 1}, .reduction = 2},
                   .style_width = kCompact,
                   .codes = 10,
                   .input = 64};
    }
    nets::StyleEncoder net(options);
    make_ready(net);
    const int64_t side = options.input;
    expect_same_in_batches("codes", [&](const std::vector<int>& pictures) {
        return net.forward(inputs("face", pictures, {3, side, side})).detach();
    });
}

TEST_P(VspbfrBatch, CompactStyleEncoder) {
    nets::CompactStyleEncoderOptions options;  // what compact-128 has
    if (!GetParam().published) {
        options = {
            .input = 32, .widths = {4, 6, 8, 8}, .features = 256, .rank = 8, .style_width = kCompact, .codes = 8};
    }
    nets::CompactStyleEncoder net(options);
    make_ready(net);
    const int64_t side = options.input;
    expect_same_in_batches("codes", [&](const std::vector<int>& pictures) {
        return net.forward(inputs("face", pictures, {3, side, side})).detach();
    });
}

TEST_P(VspbfrBatch, CodeDiffuser) {
    nets::CodeDiffuser net({.width = width(), .blocks = GetParam().published ? 4 : 2});
    make_ready(net);
    const nets::CodeSchedule schedule(4);
    // Steps one after another amplify rounding: with gradients, where a batch is one product, only one is compared.
    expect_same_in_batches("codes", [&](const std::vector<int>& pictures) {
        const at::Tensor x = inputs("x_T", pictures, {18, width()}),
                         condition = inputs("codes", pictures, {18, width()});
        return GetParam().gradients ? net.forward(x, condition, 0.75).detach()
                                    : nets::sample_codes(net, schedule, x, condition);
    });
}

TEST_P(VspbfrBatch, StyleGan2) {
    nets::StyleGan2 net({.size = size(), .style_width = width(), .mapping_layers = 2, .channels = {.base = width()}});
    make_ready(net);
    const auto run = [&](const std::vector<int>& pictures) {
        return net.forward(inputs("codes", pictures, {net.codes(), width()}), BatchNoise(pictures), 3, true);
    };
    expect_same_in_batches("picture", [&](const auto& pictures) { return run(pictures).image.detach(); });
    expect_same_in_batches("features", [&](const auto& pictures) { return run(pictures).features[2].detach(); });
}

TEST_P(VspbfrBatch, RestorationNet) {
    const nets::ChannelTable channels{.base = width()};
    nets::RestorationNet net({.size = size(), .style_width = width(), .mapping_layers = 2, .channels = channels});
    make_ready(net);
    expect_same_in_batches("picture", [&](const std::vector<int>& pictures) {
        std::vector<at::Tensor> features;
        for (int64_t side = 4; side <= size(); side *= 2)
            features.push_back(inputs("feature" + std::to_string(side), pictures, {channels.at(side), side, side}));
        const at::Tensor mapped = net.map(inputs("z", pictures, {width()}));
        return net
            .forward(inputs("face", pictures, {3, size(), size()}), std::move(features),
                     inputs("codes", pictures, {net.codes(), width()}), mapped, BatchNoise(pictures))
            .image.detach();
    });
}
INSTANTIATE_TEST_SUITE_P(Ways, VspbfrBatch,
                         ::testing::Values(BatchCase{"gradients", true, false, false},
                                           BatchCase{"kernels", false, false, false},
                                           BatchCase{"prepared", false, true, false},
                                           BatchCase{"published_widths", false, true, true}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace bfr

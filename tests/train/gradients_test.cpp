// Gradients of what the trainer differentiates beside central differences, in float64.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <functional>

#include "nets/compact_style_encoder.h"
#include "nets/linear_path.h"
#include "nets/ops/fir.h"
#include "nets/stylegan2_discriminator.h"
#include "nets/stylegan2_generator.h"
#include "nets/unet.h"
#include "nets/vspbfr_code_diffuser.h"
#include "nets/vspbfr_restoration.h"
#include "train/augment.h"
#include "train/losses/adversarial.h"

namespace bfr {
namespace {

using at::Tensor;

Tensor drawn(at::IntArrayRef shape) { return at::randn(shape, at::TensorOptions(at::kDouble)); }

// d value / d each of some coordinates of every tensor.
void expect_gradients(const std::vector<Tensor>& tensors, const std::function<Tensor()>& value) {
    constexpr double kStep = 1e-6;
    constexpr int64_t kCoordinates = 3;
    for (auto tensor : tensors) {
        tensor.requires_grad_(true);
        tensor.mutable_grad().reset();
    }
    value().backward();
    for (size_t which = 0; which < tensors.size(); which++) {
        const Tensor& tensor = tensors[which];
        ASSERT_TRUE(tensor.grad().defined()) << "tensor " << which << " has no part in the value";
        const Tensor gradient = tensor.grad().contiguous().flatten();
        const double largest = gradient.abs().max().item<double>();
        const at::NoGradGuard no_grad;
        const Tensor plain = tensor.detach().contiguous().clone();
        for (int64_t k = 0; k < std::min(kCoordinates, plain.numel()); k++) {
            const int64_t at = (7919 * k + 13) % plain.numel();
            const auto shifted = [&](double by) {
                Tensor values = plain.clone();
                values.view({-1})[at] += by;
                tensor.detach().copy_(values);
                const double result = value().item<double>();
                tensor.detach().copy_(plain);
                return result;
            };
            const double slope = (shifted(kStep) - shifted(-kStep)) / (2 * kStep);
            EXPECT_NEAR(gradient[at].item<double>(), slope, 1e-5 * largest + 1e-8)
                << "tensor " << which << " at " << at;
        }
    }
}

// A number that every output has a part in.
Tensor weighed(const Tensor& x) { return (x * at::linspace(-1, 1, x.numel(), x.options()).view(x.sizes())).sum(); }

template <class Net>
std::vector<Tensor> moved(Net& net, int64_t most = 40) {
    net.to(at::kDouble);
    net.eval();
    std::vector<Tensor> all;
    const at::NoGradGuard no_grad;
    for (auto& item : net.named_parameters()) {
        item.value().add_(0.1 * at::randn_like(item.value()));                // away from zeros
        const bool of_noise = item.key().find("noise") != std::string::npos;  // there is none here
        if (!of_noise && std::ssize(all) < most) all.push_back(item.value());
    }
    return all;
}

class Gradients : public ::testing::Test {
  protected:
    Gradients() { torch::manual_seed(5); }
};

TEST_F(Gradients, OfWhatFollowsAConvolution) {
    Tensor x = drawn({2, 3, 4, 4}), scale = drawn({2, 3}), first_bias = drawn({3}), noise = drawn({2, 1, 4, 4}),
           weight = drawn({1}), bias = drawn({3}), more = drawn({2, 3, 4, 4});
    expect_gradients({x, scale, first_bias, weight, bias, more}, [&] {
        return weighed(nets::finish(x, {.scale = scale,
                                        .first_bias = first_bias,
                                        .noise = noise,
                                        .noise_weight = weight,
                                        .bias = bias,
                                        .add = {more}}));
    });
}

TEST_F(Gradients, OfTheFilters) {
    Tensor x = drawn({2, 3, 6, 6}), scale = drawn({2, 3}), weight = drawn({4, 3, 3, 3});
    expect_gradients({x, scale}, [&] { return weighed(nets::fir(x, scale, 2, 1)); });
    expect_gradients({x}, [&] { return weighed(nets::fir_upsample(x)); });
    expect_gradients({x, weight}, [&] { return weighed(nets::up_conv(x, weight, {.activate = false})); });
}

TEST_F(Gradients, OfTheGeneratorAndItsStraightPath) {
    nets::StyleGan2 net({.size = 32, .style_width = 6, .mapping_layers = 1, .channels = {4, 2}, .linear = 8});
    moved(net);
    net.linear()->basis.copy_(at::randn_like(net.linear()->basis) / 50);
    Tensor codes = drawn({2, net.codes(), 6});
    std::vector<Tensor> all = {codes};
    for (const auto& item : net.named_parameters()) {
        const std::string& name = item.key();
        // neither the mapping of random codes nor the encoder's side takes part
        if (!name.starts_with("style.") && name != "linear.encode" && name.find("noise") == std::string::npos)
            all.push_back(item.value());
    }
    expect_gradients(all, [&] { return weighed(net.forward(codes, nets::NoNoise(), 0, true).image); });
}

TEST_F(Gradients, OfTheEncoders) {
    nets::CompactStyleEncoder net(
        {.input = 32, .widths = {4, 4, 6, 6, 8}, .features = 64, .rank = 4, .style_width = 6, .codes = 8});
    auto all = moved(net);
    Tensor x = drawn({2, 3, 32, 32});
    all.push_back(x);
    expect_gradients(all, [&] { return weighed(net.forward(x)); });
}

TEST_F(Gradients, OfTheDiffusersWholeChain) {
    nets::CodeDiffuser net({.width = 6, .blocks = 2, .residual = true});
    auto all = moved(net);
    Tensor condition = drawn({2, 5, 6}), x = drawn({2, 5, 6});
    all.push_back(condition);
    const nets::CodeSchedule schedule(4);
    expect_gradients(all, [&] { return weighed(nets::sample_codes(net, schedule, x, condition)); });
}

TEST_F(Gradients, OfTheRestorationNet) {
    nets::RestorationNet net(
        {.size = 16, .style_width = 4, .mapping_layers = 1, .channels = {8, 2}, .rates = {1, 2, 4, 8}});
    auto all = moved(net);
    Tensor picture = drawn({2, 3, 16, 16}), codes = drawn({2, net.codes(), 4}), z = drawn({2, 4});
    std::vector<Tensor> features;
    for (const int64_t side : {4, 8, 16}) features.push_back(drawn({2, 8, side, side}));
    all.push_back(picture);
    all.push_back(codes);
    expect_gradients(all,
                     [&] { return weighed(net.forward(picture, features, codes, net.map(z), nets::NoNoise()).image); });
}

TEST_F(Gradients, OfTheUNet) {
    nets::UNet net({.widths = {4, 6, 8}});
    auto all = moved(net);
    Tensor x = drawn({2, 3, 8, 8});
    all.push_back(x);
    expect_gradients(all, [&] { return weighed(net.forward(x)); });
}

TEST_F(Gradients, OfThePenaltyWhichIsAGradientItself) {
    nets::Discriminator net({.size = 16, .channels = {4, 2}});
    moved(net);
    std::vector<Tensor> all;
    for (const auto& item : net.named_parameters()) {
        if (item.key().ends_with(".weight")) all.push_back(item.value());  // a bias after the last kink has no part
    }
    const Tensor real = drawn({2, 3, 16, 16});
    expect_gradients(all, [&] {
        const at::AutoGradMode enabled(true);
        return train::gradient_penalty([&](const Tensor& x) { return net.forward(x); }, real);
    });
}

TEST_F(Gradients, OfTheAugmentationAndOfThePenaltyThroughIt) {
    const train::Augmentation by = train::draw_augmentation(1, 2, 16, 5, "test", 0);
    Tensor pictures = drawn({2, 3, 16, 16});
    expect_gradients({pictures}, [&] { return weighed(train::augmented(pictures, by)); });
    nets::Discriminator net({.size = 16, .channels = {4, 2}});
    moved(net);
    std::vector<Tensor> all;
    for (const auto& item : net.named_parameters()) {
        if (item.key().ends_with(".weight")) all.push_back(item.value());
    }
    const Tensor real = drawn({2, 3, 16, 16});
    expect_gradients(all, [&] {
        const at::AutoGradMode enabled(true);
        return train::gradient_penalty([&](const Tensor& x) { return net.forward(train::augmented(x, by)); }, real);
    });
}

}  // namespace
}  // namespace bfr

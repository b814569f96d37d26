// What a layer does while it learns, in one pass: beside the plain operations in float64, forward, backward, and twice.
#include "nets/ops/fused_finish.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "nets/conv.h"
#include "nets/normed_conv.h"
#include "nets/ops/fir.h"
#include "tests/nets/support/drawn.h"

namespace bfr::nets {
namespace {

struct Parts {
    const char* name;
    bool scale, first_bias, noise, bias, activate, slope, add;
};

void PrintTo(const Parts& parts, std::ostream* out) { *out << parts.name; }

// Of seven pictures' channels, so that no register is filled evenly.
struct Layer {
    explicit Layer(const Parts& parts) {
        x = drawn({3, 19, 6, 5}, 1).contiguous(at::MemoryFormat::ChannelsLast);
        if (parts.scale) with.scale = drawn({3, 19}, 2);
        if (parts.first_bias) with.first_bias = drawn({19}, 3);
        if (parts.noise) with.noise = drawn({3, 1, 6, 5}, 4);
        if (parts.noise) with.noise_weight = drawn({1}, 5);
        if (parts.bias) with.bias = drawn({19}, 6);
        with.activate = parts.activate;
        if (parts.slope) with.slope = at::full({19}, 0.1);
        if (parts.add) with.add = {drawn({3, 19, 6, 5}, 7), drawn({3, 19, 6, 5}, 8)};
    }

    Layer as(at::ScalarType type) const {
        Layer result = *this;
        for (Tensor* one : result.all()) *one = one->to(type).detach();
        for (Tensor* one : result.learnt()) one->requires_grad_(true);
        return result;
    }

    std::vector<Tensor*> all() {
        std::vector<Tensor*> result = {&x};
        for (Tensor* one : {&with.scale, &with.first_bias, &with.noise, &with.noise_weight, &with.bias, &with.slope}) {
            if (one->defined()) result.push_back(one);
        }
        for (Tensor& one : with.add) result.push_back(&one);
        return result;
    }

    std::vector<Tensor*> learnt() {
        std::vector<Tensor*> result;
        for (Tensor* one : all()) {
            if (!one->is_same(with.noise) && !one->is_same(with.slope)) result.push_back(one);
        }
        return result;
    }

    std::vector<Tensor> inputs() {
        std::vector<Tensor> result;
        for (Tensor* one : learnt()) result.push_back(*one);
        return result;
    }

    Tensor x;
    Finish with;
};

// Weights that bfloat16 holds exactly.
Tensor weighed(const Tensor& y) {
    return (y * drawn(y.sizes(), 9).to(at::kBFloat16).to(y.scalar_type())).to(at::kDouble).sum();
}

class FusedFinishTest : public ::testing::TestWithParam<Parts> {};

TEST_P(FusedFinishTest, IsThePlainOperationsForwardAndBackward) {
    const Layer drawn_layer(GetParam());
    Layer fused = drawn_layer.as(at::kFloat), plain = drawn_layer.as(at::kDouble);
    ASSERT_TRUE(can_fuse(fused.x, fused.with));
    const Tensor got = finish(fused.x, fused.with), wanted = plain_finish(plain.x, plain.with);
    EXPECT_LT(difference(got, wanted), 1e-6);
    const auto gradients = torch::autograd::grad({weighed(got)}, fused.inputs()),
               exact = torch::autograd::grad({weighed(wanted)}, plain.inputs());
    for (size_t i = 0; i < exact.size(); i++) EXPECT_LT(difference(gradients[i], exact[i]), 1e-5) << "input " << i;
}

TEST_P(FusedFinishTest, InBFloat16RoundsOnceEachWay) {
    Layer fused = Layer(GetParam()).as(at::kFloat);
    fused.x = fused.x.detach().to(at::kBFloat16).requires_grad_(true);
    Layer plain = fused.as(at::kDouble);
    const Tensor got = finish(fused.x, fused.with), wanted = plain_finish(plain.x, plain.with);
    ASSERT_EQ(got.scalar_type(), at::kBFloat16);
    EXPECT_LT(difference(got, wanted), 0.02);
    const auto gradients = torch::autograd::grad({weighed(got)}, fused.inputs()),
               exact = torch::autograd::grad({weighed(wanted)}, plain.inputs());
    for (size_t i = 0; i < exact.size(); i++) {
        EXPECT_EQ(gradients[i].scalar_type(), fused.inputs()[i].scalar_type());
        EXPECT_LT(difference(gradients[i], exact[i]), 0.03) << "input " << i;
    }
}

TEST_P(FusedFinishTest, HasSecondDerivatives) {
    const auto penalty = [](Layer layer, const Tensor& y) {
        const auto first = torch::autograd::grad({weighed(y.square())}, {layer.x}, {}, true, true);
        return torch::autograd::grad({first[0].square().sum()}, {layer.x})[0];
    };
    Layer fused = Layer(GetParam()).as(at::kFloat), plain = Layer(GetParam()).as(at::kDouble);
    EXPECT_LT(
        difference(penalty(fused, finish(fused.x, fused.with)), penalty(plain, plain_finish(plain.x, plain.with))),
        1e-5);
}

INSTANTIATE_TEST_SUITE_P(Layers, FusedFinishTest,
                         ::testing::Values(Parts{"styled", true, false, true, true, true, false, true},
                                           Parts{"large", true, true, false, true, true, false, false},
                                           Parts{"scaled", true, false, false, false, false, false, false},
                                           Parts{"activated", false, false, false, true, true, false, false},
                                           Parts{"prelu", true, false, false, true, false, true, true}),
                         [](const auto& given) { return std::string(given.param.name); });

TEST(FusedFinish, ALearntSlopeIsLeftToPlainOperations) {
    Layer layer({"", false, false, false, true, false, true, false});
    layer.with.slope = layer.with.slope.clone().requires_grad_(true);
    EXPECT_FALSE(can_fuse(layer.x, layer.with));
    finish(layer.x.requires_grad_(true), layer.with).sum().backward();
    EXPECT_TRUE(layer.with.slope.grad().defined());
}

TEST(FusedFinish, AWeightWithoutNoiseHasNoGradient) {
    Layer layer({"", true, false, false, true, true, false, false});
    layer.with.noise_weight = at::ones({1}).requires_grad_(true);
    finish(layer.x.requires_grad_(true), layer.with).sum().backward();
    EXPECT_FALSE(layer.with.noise_weight.grad().defined());
}

TEST(FusedFinish, OnlyWhatIsAddedMayLearn) {
    Layer layer({"", true, false, false, true, true, false, true});
    layer.with.add[0].requires_grad_(true);
    const auto gradients =
        torch::autograd::grad({finish(layer.x, layer.with).sum()}, {layer.with.add[0]}, {}, true, true);
    EXPECT_TRUE(at::equal(gradients[0], at::ones_like(layer.x)));
}

TEST(FusedFinish, RoundsToTheNearestBFloat16) {
    Tensor x = at::cat({drawn({16 * 40}, 1) * 1e3, at::tensor({1.0F + 1.0F / 256, 1.0F + 3.0F / 256, INFINITY, NAN})});
    x = x.narrow(0, x.numel() - 19, 19).view({1, 19, 1, 1});
    const Tensor halves = x.to(at::kBFloat16);
    const Tensor one = at::ones({1, 19});
    const Tensor same = fused_finish(halves, {.scale = one, .activate = false});
    EXPECT_TRUE(at::allclose(same.to(at::kFloat), halves.to(at::kFloat), 0, 0, true));
    const Tensor third = fused_finish(halves, {.scale = one / 3, .activate = false});
    EXPECT_TRUE(at::allclose(third.to(at::kFloat), (halves.to(at::kFloat) / 3).to(at::kBFloat16).to(at::kFloat), 1e-7,
                             0, true));
}

TEST(ConvTypes, OnlyInsideOfTheScope) {
    const Tensor x = drawn({2, 8, 9, 9}, 1).contiguous(at::MemoryFormat::ChannelsLast), w = drawn({8, 8, 3, 3}, 2);
    Tensor weight = w.clone().requires_grad_(true);
    {
        const ConvType scope(at::kBFloat16);
        const Tensor y = nets::conv2d(x, weight);
        EXPECT_EQ(y.scalar_type(), at::kBFloat16);
        y.to(at::kFloat).sum().backward();
        EXPECT_EQ(weight.grad().scalar_type(), at::kFloat);
        EXPECT_EQ(nets::conv2d(x.to(at::kDouble), w.to(at::kDouble)).scalar_type(), at::kDouble);
        {
            const ConvType whole(at::kFloat);
            EXPECT_EQ(nets::conv2d(x, weight).scalar_type(), at::kFloat);
        }
        EXPECT_EQ(nets::conv2d(x, weight).scalar_type(), at::kBFloat16);
    }
    EXPECT_EQ(nets::conv2d(x, weight).scalar_type(), at::kFloat);
}

// Beside float64, whatever kernel the channels select: LibTorch 1.13's own is wrong in some of these.
TEST(ConvTypes, GradientsAreRightInBFloat16) {
    const ConvType scope(at::kBFloat16);
    for (const int64_t channels : {3, 16, 20, 24, 32, 40}) {
        for (const auto& shape :
             {ConvShape{.padding = {1, 1}}, ConvShape{.stride = {2, 2}, .padding = {1, 1}},
              ConvShape{.padding = {2, 2}, .dilation = {2, 2}}, ConvShape{.padding = {4, 4}, .dilation = {4, 4}},
              ConvShape{.padding = {1, 1}, .groups = channels}}) {
            const int64_t each = shape.groups == 1 ? channels : 1;
            Tensor x = drawn({4, channels, 32, 32}, 1).contiguous(at::MemoryFormat::ChannelsLast),
                   w = drawn({channels, each, 3, 3}, 2);
            Tensor exact_x = x.to(at::kDouble).requires_grad_(true), exact_w = w.to(at::kDouble).requires_grad_(true);
            const auto found = torch::autograd::grad(
                {weighed(nets::conv2d(x.requires_grad_(true), w.requires_grad_(true), shape))}, {x, w});
            const auto exact =
                torch::autograd::grad({weighed(nets::conv2d(exact_x, exact_w, shape))}, {exact_x, exact_w});
            for (size_t i = 0; i < 2; i++) {
                EXPECT_LT(difference(found[i], exact[i]), 0.03)
                    << channels << " channels, dilation " << shape.dilation[0] << ", stride " << shape.stride[0]
                    << ", groups " << shape.groups << ", input " << i;
            }
        }
    }
}

TEST(ConvTypes, AProductOfMatricesIsTheConvolution) {
    const Tensor x = drawn({2, 12, 7, 5}, 1).contiguous(at::MemoryFormat::ChannelsLast), w = drawn({20, 12, 1, 1}, 2),
                 bias = drawn({20}, 3);
    const Tensor wanted = at::conv2d(x.to(at::kDouble), w.to(at::kDouble), bias.to(at::kDouble));
    EXPECT_LT(difference(nets::conv2d(x, w, {}, bias), wanted), 1e-6);
    EXPECT_TRUE(nets::conv2d(x, w, {}, bias).is_contiguous(at::MemoryFormat::ChannelsLast));
}

TEST(UpConv, OfAGraphIsThatOfTheKernels) {
    const Tensor x = drawn({2, 6, 5, 7}, 1).contiguous(at::MemoryFormat::ChannelsLast), w = drawn({4, 6, 3, 3}, 2);
    const Finish with{.activate = false};
    const Tensor wanted = [&] {
        const at::NoGradGuard no_grad;
        return up_conv(x, w, with);
    }();
    EXPECT_LT(difference(up_conv(x.clone().requires_grad_(true), w, with), wanted.to(at::kDouble)), 1e-6);
}

}  // namespace
}  // namespace bfr::nets

// Depthwise convolutions, what stands between a mobile network's layers, and folded norms, against LibTorch's own.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "nets/conv.h"
#include "nets/normed_conv.h"
#include "nets/ops/channelwise.h"
#include "nets/ops/residual.h"
#include "tests/nets/support/drawn.h"

namespace bfr::nets {
namespace {

struct Case {
    int64_t channels, height, width, kernel, stride, before, after;
};

class DepthwiseTest : public ::testing::TestWithParam<Case> {
    const at::NoGradGuard no_grad_;
};

TEST_P(DepthwiseTest, IsAConvolution) {
    const Case c = GetParam();
    const Tensor x = drawn({2, c.channels, c.height, c.width}, 1), w = drawn({c.channels, 1, c.kernel, c.kernel}, 2);
    const Tensor bias = drawn({c.channels}, 3), slope = at::full({c.channels}, 0.25);
    const Tensor padded = at::constant_pad_nd(x.to(at::kDouble), {c.before, c.after, c.before, c.after});
    Tensor wanted = conv2d(padded, w.to(at::kDouble), {.stride = {c.stride, c.stride}, .groups = c.channels});
    wanted = at::leaky_relu(wanted + bias.view({1, -1, 1, 1}), 0.25);
    const Finish with{.bias = bias, .activate = false, .slope = slope};
    const Tensor y = PackedDepthwise(w)(x, c.stride, {c.before, c.after}, with);
    EXPECT_LT(difference(y, wanted), 2e-6);
}

INSTANTIATE_TEST_SUITE_P(Shapes, DepthwiseTest,
                         ::testing::Values(Case{16, 9, 7, 3, 1, 1, 1}, Case{24, 8, 8, 3, 2, 0, 1},
                                           Case{40, 10, 12, 5, 2, 1, 2}, Case{5, 7, 7, 7, 1, 0, 0},
                                           Case{3, 1, 1, 3, 1, 1, 1}));

TEST(Channelwise, FunctionsAreThoseOfTheirNames) {
    const at::NoGradGuard no_grad;
    const Tensor x = at::cat({at::linspace(-120, 120, 4001), drawn({1000}, 4)});
    const Tensor exact = x.to(at::kDouble);
    EXPECT_LT((swish(x) - exact * at::sigmoid(exact)).abs().div(exact.abs() + 1e-3).max().item<double>(), 4e-7);
    EXPECT_LT((logistic(x) - at::sigmoid(exact)).abs().max().item<double>(), 2e-7);
    const Tensor picture = drawn({3, 37, 9, 11}, 5);
    EXPECT_LT(difference(spatial_mean(picture), picture.to(at::kDouble).mean({2, 3}, true)), 1e-6);
}

// LibTorch's own silu fails this with AVX-512.
TEST(Channelwise, AValueDoesNotDependOnItsPlace) {
    const at::NoGradGuard no_grad;
    const Tensor x = drawn({1037}, 6);
    const Tensor all = swish(x);
    for (const int64_t first : {1, 7, 500, 1036})
        EXPECT_TRUE(at::equal(swish(x.narrow(0, first, x.numel() - first)), all.narrow(0, first, all.numel() - first)));
}

TEST(Residual, OnePassIsTheSumOfTheParts) {
    const auto last = [](const Tensor& x) { return x.contiguous(at::MemoryFormat::ChannelsLast); };
    const Tensor a = last(drawn({2, 32, 6, 10}, 12)), b = drawn({2, 17, 6, 10}, 13), c = last(drawn({2, 5, 6, 10}, 14));
    const Tensor x = drawn({2, 54, 6, 10}, 15), small = drawn({2, 54, 3, 5}, 16);
    const at::NoGradGuard no_grad;
    for (const auto& given : {x, last(x)}) {
        EXPECT_TRUE(at::equal(joined_plus({a, b, c}, given), at::cat({a, b, c}, 1) + x));
        EXPECT_TRUE(at::equal(plus_doubled(given, small), x + at::upsample_nearest2d(small, {6, 10})));
    }
    EXPECT_ANY_THROW(joined_plus({a, b, b}, x));
    EXPECT_ANY_THROW(plus_doubled(x, a));
}

struct NormedCase {
    const char* name;
    NormedConvOptions options;
    bool norm_input, input_relu, norm_output, output_relu;
};

void PrintTo(const NormedCase& c, std::ostream* out) { *out << c.name; }

class NormedConvTest : public ::testing::TestWithParam<NormedCase> {};

TEST_P(NormedConvTest, PreparedGivesTheSame) {
    const NormedCase& c = GetParam();
    const int64_t in = 24, out = c.options.depthwise ? in : 40;
    torch::manual_seed(7);
    torch::nn::Module owner;
    const auto conv = owner.register_module("conv", std::make_shared<NormedConv>(in, out, c.options));
    const auto drawn_norm = [&](const char* name, int64_t channels) {
        const Norm norm = owner.register_module(name, make_norm(channels));
        norm->running_mean.normal_();
        norm->running_var.uniform_(0.5, 2);
        norm->weight.set_data(drawn({channels}, 8));
        norm->bias.set_data(drawn({channels}, 9));
        return norm;
    };
    if (c.norm_input) conv->norm_input(drawn_norm("before", in), c.input_relu);
    if (c.norm_output) conv->norm_output(drawn_norm("after", out), c.output_relu);
    owner.eval();
    const Tensor x = drawn({2, in, 12, 10}, 10);
    const Tensor plain = conv->forward(x), add = drawn(plain.sizes(), 11), slope = at::full({1}, 0.3);
    const Tensor sloped = conv->forward(x, slope, {add});
    const auto gives_the_same = [&] {
        EXPECT_LT(difference(conv->forward(x), plain), 1e-5);
        EXPECT_LT(difference(conv->forward(x, slope, {add}), sloped), 1e-5);
    };
    const at::NoGradGuard no_grad;
    gives_the_same();
    EXPECT_ANY_THROW(conv->keep_points()) << "nothing is prepared";
    prepare_for_inference(owner);
    gives_the_same();
    conv->keep_points();
    gives_the_same();
}

INSTANTIATE_TEST_SUITE_P(
    Forms, NormedConvTest,
    ::testing::Values(
        NormedCase{"alone", {.bias = true}, false, false, false, false},
        NormedCase{"behind", {.kernel = 3, .border = {1, 1}, .bias = true}, false, false, true, true},
        NormedCase{"before", {.kernel = 3, .border = {1, 1}}, true, true, false, false},
        NormedCase{"both", {.kernel = 3, .stride = 2, .border = {1, 1}}, true, false, true, false},
        NormedCase{"before a 1x1", {.bias = true}, true, true, false, false},
        NormedCase{"uneven", {.kernel = 3, .stride = 2, .border = {0, 1}}, false, false, true, false},
        NormedCase{
            "depthwise", {.kernel = 5, .stride = 2, .border = {1, 2}, .depthwise = true}, false, false, true, true}));

}  // namespace
}  // namespace bfr::nets

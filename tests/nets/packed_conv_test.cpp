// The convolution kernels against LibTorch's own convolutions.
#include "nets/ops/packed_conv.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "nets/kernels/gemm.h"
#include "nets/ops/fir.h"
#include "tests/nets/support/drawn.h"

namespace bfr::nets {
namespace {

struct Case {
    int64_t height, width, in, out, kernel, stride, padding, dilation, batch;
};

std::ostream& operator<<(std::ostream& out, const Case& c) {
    return out << c.batch << "x" << c.in << "x" << c.height << "x" << c.width << " to " << c.out << ", kernel "
               << c.kernel << ", stride " << c.stride << ", padding " << c.padding << ", dilation " << c.dilation;
}

Tensor reference(const Case& c, const Tensor& x, const Tensor& w) {
    const std::array<int64_t, 2> stride = {c.stride, c.stride}, padding = {c.padding, c.padding},
                                 dilation = {c.dilation, c.dilation};
    return at::conv2d(x.to(at::kDouble), w.to(at::kDouble), Tensor(), at::IntArrayRef(stride), at::IntArrayRef(padding),
                      at::IntArrayRef(dilation), 1);
}

class PackedConvTest : public testing::TestWithParam<Case> {
    const at::NoGradGuard no_grad_;
};

TEST_P(PackedConvTest, IsAConvolution) {
    const Case c = GetParam();
    const Tensor x = drawn({c.batch, c.in, c.height, c.width}, 1), w = drawn({c.out, c.in, c.kernel, c.kernel}, 2);
    const Tensor y = PackedConv(w)(x, {c.stride, c.padding, c.dilation}, {}, {.activate = false});
    EXPECT_LT(difference(y, reference(c, x, w)), 5e-6);
}

TEST_P(PackedConvTest, ScalesItsInputAndLeavesTheBorderZero) {
    const Case c = GetParam();
    const Tensor x = drawn({c.batch, c.in, c.height, c.width}, 3), w = drawn({c.out, c.in, c.kernel, c.kernel}, 4);
    const Tensor scale = drawn({c.batch, c.in}, 5), shift = drawn({1, c.in}, 6);
    const Tensor scaled = x * scale.view({c.batch, c.in, 1, 1}) + shift.view({1, c.in, 1, 1});
    const Tensor y = PackedConv(w)(x, {c.stride, c.padding, c.dilation}, {scale, shift}, {.activate = false});
    EXPECT_LT(difference(y, reference(c, scaled, w)), 5e-6);
}

TEST_P(PackedConvTest, CutsWhatIsBelowZeroAfterScaling) {
    const Case c = GetParam();
    const Tensor x = drawn({c.batch, c.in, c.height, c.width}, 3), w = drawn({c.out, c.in, c.kernel, c.kernel}, 4);
    const Tensor scale = drawn({1, c.in}, 5), shift = drawn({1, c.in}, 6);
    const Tensor positive = (x * scale.view({1, c.in, 1, 1}) + shift.view({1, c.in, 1, 1})).clamp_min(0);
    const Tensor y = PackedConv(w)(x, {c.stride, c.padding, c.dilation}, {scale, shift, true}, {.activate = false});
    EXPECT_LT(difference(y, reference(c, positive, w)), 5e-6);
}

TEST_P(PackedConvTest, FinishesAsTheDifferentiableOperationsDo) {
    const Case c = GetParam();
    const Tensor x = drawn({c.batch, c.in, c.height, c.width}, 7), w = drawn({c.out, c.in, c.kernel, c.kernel}, 8);
    const Tensor plain = reference(c, x, w).to(at::kFloat);
    const Finish with{.scale = drawn({c.batch, c.out}, 9),
                      .first_bias = drawn({c.out}, 10),
                      .noise = drawn({c.batch, 1, plain.size(2), plain.size(3)}, 11),
                      .noise_weight = at::full({1}, 0.3),
                      .bias = drawn({c.out}, 12),
                      .add = {drawn(plain.sizes(), 13), drawn(plain.sizes(), 14)}};
    const Tensor y = PackedConv(w)(x, {c.stride, c.padding, c.dilation}, {}, with);
    const at::AutoGradMode record(true);
    EXPECT_LT(difference(y, finish(plain, with)), 1e-5);
}

TEST_P(PackedConvTest, DoesNotDependOnTheBatchOrTheThreads) {
    const Case c = GetParam();
    const Tensor x = drawn({4, c.in, c.height, c.width}, 15), w = drawn({c.out, c.in, c.kernel, c.kernel}, 16);
    const PackedConv conv(w);
    const int threads = at::get_num_threads();
    const auto run = [&](const Tensor& pictures) {
        return conv(pictures, {c.stride, c.padding, c.dilation}, {}, {.activate = false});
    };
    at::set_num_threads(1);
    const Tensor one = run(x);
    at::set_num_threads(3);
    EXPECT_TRUE(run(x).equal(one));
    EXPECT_TRUE(run(x.flip(0)).flip(0).equal(one));
    EXPECT_TRUE(run(x.narrow(0, 2, 1)).equal(one.narrow(0, 2, 1)));
    at::set_num_threads(threads);
}

INSTANTIATE_TEST_SUITE_P(Sizes, PackedConvTest,
                         testing::Values(Case{64, 64, 64, 64, 3, 1, 1, 1, 1},    // Winograd's
                                         Case{33, 47, 20, 40, 3, 1, 1, 1, 2},    // tiles that the picture cuts
                                         Case{32, 32, 64, 16, 3, 1, 2, 2, 1},    // dilated, half a panel
                                         Case{50, 34, 16, 24, 3, 1, 4, 4, 2},    //
                                         Case{64, 64, 32, 32, 3, 1, 8, 8, 1},    //
                                         Case{40, 40, 3, 70, 3, 1, 1, 1, 1},     // few channels
                                         Case{67, 45, 3, 64, 11, 4, 2, 1, 2},    // AlexNet's first
                                         Case{63, 50, 64, 96, 5, 1, 2, 1, 2},    // Winograd's of 5x5
                                         Case{41, 33, 48, 40, 5, 1, 4, 2, 1},    // the same, dilated
                                         Case{30, 41, 7, 48, 3, 2, 2, 2, 2},     // the same, dilated
                                         Case{8, 8, 128, 96, 3, 1, 1, 1, 2},     // too small for Winograd's
                                         Case{16, 16, 64, 64, 3, 2, 1, 1, 2},    // a stride
                                         Case{2, 2, 64, 64, 3, 2, 1, 1, 1},      // taps that see the border alone
                                         Case{65, 65, 24, 40, 3, 2, 0, 1, 1},    //
                                         Case{31, 17, 30, 33, 1, 1, 0, 1, 2},    // 1x1
                                         Case{1, 18, 513, 512, 1, 1, 0, 1, 1},   // a linear layer's
                                         Case{20, 20, 5, 3, 5, 1, 2, 1, 1},      // 5x5
                                         Case{24, 24, 16, 16, 3, 1, 0, 1, 1},    // without a border
                                         Case{73, 41, 40, 64, 3, 1, 0, 1, 2},    // Winograd's of it
                                         Case{40, 40, 32, 64, 5, 1, 4, 2, 1},    // the same, dilated
                                         Case{30, 30, 32, 64, 3, 1, 2, 1, 1}));  // a wider one

TEST(PackedConv, KeptPointsChangeNothing) {
    const at::NoGradGuard no_grad;
    const Tensor x = drawn({1, 64, 48, 48}, 1), w = drawn({96, 64, 3, 3}, 2);
    PackedConv conv(w);
    const Tensor made_each_time = conv(x, {.padding = 1}, {}, {.activate = false});
    conv.keep_points();
    EXPECT_TRUE(conv(x, {.padding = 1}, {}, {.activate = false}).equal(made_each_time));
    EXPECT_ANY_THROW(PackedConv(drawn({8, 8, 1, 1}, 3)).keep_points());
}

TEST(PackedConv, WritesIntoSomeChannels) {
    const at::NoGradGuard no_grad;
    const Tensor x = drawn({2, 16, 36, 36}, 1), w = drawn({24, 16, 3, 3}, 2);
    Tensor joined = at::full({2, 60, 36, 36}, 7.0F).contiguous(at::MemoryFormat::ChannelsLast);
    const PackedConv conv(w);
    conv.into(joined, 20, x, {.padding = 1}, {}, {.activate = false});
    EXPECT_TRUE(joined.narrow(1, 20, 24).equal(conv(x, {.padding = 1}, {}, {.activate = false})));
    EXPECT_TRUE(joined.narrow(1, 0, 20).eq(7).all().item<bool>());
    EXPECT_TRUE(joined.narrow(1, 44, 16).eq(7).all().item<bool>());
}

TEST(PackedConv, ScalesItsWeights) {
    const at::NoGradGuard no_grad;
    const Tensor x = drawn({1, 16, 12, 12}, 1), w = drawn({24, 16, 3, 3}, 2);
    EXPECT_LT(
        difference(PackedConv(w, 0.25)(x, {.padding = 1}, {}, {.activate = false}), at::conv2d(x, w * 0.25, {}, 1, 1)),
        1e-5);
}

TEST(PackedConv, TakesSlopesForAnActivation) {
    const at::NoGradGuard no_grad;
    const Tensor x = drawn({1, 16, 12, 12}, 1), w = drawn({24, 16, 1, 1}, 2), slope = drawn({24}, 3);
    EXPECT_LT(
        difference(PackedConv(w)(x, {}, {}, {.activate = false, .slope = slope}), at::prelu(at::conv2d(x, w), slope)),
        1e-5);
}

TEST(PackedConv, UpSamplesAsTheDifferentiableOperationsDo) {
    const Tensor x = drawn({2, 24, 9, 13}, 1), w = drawn({40, 24, 3, 3}, 2), s = drawn({2, 24}, 3);
    const Finish with{.scale = drawn({2, 40}, 4), .bias = drawn({40}, 5), .add = {drawn({2, 40, 18, 26}, 6)}};
    const Tensor wanted = up_conv(x * s.view({2, 24, 1, 1}), w, with);
    const at::NoGradGuard no_grad;
    EXPECT_LT(difference(up_conv(x, PackedConv(w), {.scale = s}, with), wanted), 1e-5);
}

TEST(PackedConv, UpSamplesABatchWithoutAScale) {
    const Tensor x = drawn({3, 16, 7, 5}, 1), w = drawn({24, 16, 3, 3}, 2);
    const Tensor wanted = up_conv(x, w, {.activate = false});
    const at::NoGradGuard no_grad;
    EXPECT_LT(difference(up_conv(x, PackedConv(w), {}, {.activate = false}), wanted), 1e-5);
}

TEST(PackedConv, FiltersABatchByOneScale) {
    const Tensor x = drawn({3, 20, 9, 11}, 1), scale = drawn({1, 20}, 2);
    const Tensor wanted = fir(x, scale.expand({3, 20}), 2, 2);
    const at::NoGradGuard no_grad;
    EXPECT_LT(difference(fir(x, scale, 2, 2), wanted), 1e-5);
}

TEST(PackedConv, TakesKernelsThatAreNotSquare) {
    const at::NoGradGuard no_grad;
    for (const auto& [channels, rows, columns] : {std::array<int64_t, 3>{20, 17, 13}, {96, 17, 17}, {40, 33, 8}}) {
        const Tensor x = drawn({2, channels, rows, columns}, 1);
        for (const auto& [height, width] : {std::pair{1, 7}, {7, 1}, {1, 3}, {3, 1}, {2, 5}}) {
            const Tensor w = drawn({72, channels, height, width}, 2);
            PackedConv conv(w);
            if (height != 2) conv.keep_points();
            for (const auto& shape :
                 {PackedShape{1, height / 2, 1, width / 2}, PackedShape{2, height / 2, 1, width / 2},
                  PackedShape{1, 0, 1, 1}, PackedShape{1, 3, 1, 0}}) {
                const std::array<int64_t, 2> strides = {shape.stride, shape.stride},
                                             padding = {shape.padding, *shape.padding_x};
                const Tensor wanted =
                    at::conv2d(x.to(at::kDouble), w.to(at::kDouble), Tensor(), at::IntArrayRef(strides),
                               at::IntArrayRef(padding), at::IntArrayRef({1, 1}), 1);
                const Tensor got = conv(x, shape, {}, {.activate = false});
                EXPECT_LT(difference(got, wanted), 5e-6);
                EXPECT_LT(difference(PackedConv(w)(x, shape, {}, {.activate = false}), wanted), 5e-6);
                const int threads = at::get_num_threads();
                at::set_num_threads(3);
                EXPECT_TRUE(conv(x, shape, {}, {.activate = false}).equal(got));
                EXPECT_TRUE(conv(x.narrow(0, 1, 1), shape, {}, {.activate = false}).equal(got.narrow(0, 1, 1)));
                at::set_num_threads(threads);
            }
        }
    }
}

TEST(PackedConv, RefusesWhatItIsNotMadeFor) {
    const PackedConv conv(drawn({8, 8, 3, 3}, 1));
    EXPECT_ANY_THROW(conv(drawn({1, 8, 9, 9}, 2), {}, {}, {}));  // gradients are recorded
    const at::NoGradGuard no_grad;
    EXPECT_ANY_THROW(conv(drawn({1, 9, 9, 9}, 2), {}, {}, {}));
    EXPECT_ANY_THROW(conv(drawn({1, 8, 9, 9}, 2).to(at::kDouble), {}, {}, {}));
    const Tensor x = drawn({4, 8, 9, 9}, 2);
    EXPECT_ANY_THROW(conv(x, {.padding = 1}, {.scale = drawn({2, 8}, 3)}, {.activate = false}));
    EXPECT_ANY_THROW(conv(x, {.padding = 1}, {.scale = drawn({4, 7}, 3)}, {.activate = false}));
    const auto into = [&](at::IntArrayRef sizes, int64_t first) {
        Tensor to = at::empty(sizes).contiguous(at::MemoryFormat::ChannelsLast);
        conv.into(to, first, x, {.padding = 1}, {}, {.activate = false});
    };
    EXPECT_NO_THROW(into({4, 12, 9, 9}, 4));
    EXPECT_ANY_THROW(into({4, 12, 9, 9}, 5));
    EXPECT_ANY_THROW(into({4, 12, 8, 9}, 4));
    EXPECT_ANY_THROW(into({3, 12, 9, 9}, 4));
}

// Every instruction set of this processor, whichever the convolutions take.
TEST(MultiplyPanel, IsAProductInTheOrderOfTheInnerNumbers) {
    for (const auto multiply : panel_functions()) {
        for (const int64_t columns : {16, 32}) {
            for (const int64_t rows : {1, 2, 3, 7, 16, 29}) {
                const Tensor a = drawn({rows, 40}, 1), b = drawn({37, columns}, 2);
                Tensor c = drawn({rows, 50}, 3);
                const Tensor before = c.clone(),
                             product = at::matmul(a.narrow(1, 0, 37).to(at::kDouble), b.to(at::kDouble));
                multiply(a.data_ptr<float>(), 40, rows, 37, b.data_ptr<float>(), columns, c.data_ptr<float>(), 50,
                         true);
                EXPECT_LT(difference(c.narrow(1, 0, columns), before.narrow(1, 0, columns) + product), 1e-6);
                EXPECT_TRUE(c.narrow(1, columns, 50 - columns).equal(before.narrow(1, columns, 50 - columns)));
                multiply(a.data_ptr<float>(), 40, rows, 37, b.data_ptr<float>(), columns, c.data_ptr<float>(), 50,
                         false);
                EXPECT_LT(difference(c.narrow(1, 0, columns), product), 1e-6);
            }
        }
    }
}

}  // namespace
}  // namespace bfr::nets

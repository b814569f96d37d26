// The pooling kernels against LibTorch's own.
#include "nets/ops/pooling.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

namespace bfr::nets {
namespace {

TEST(Pooling, LargestValues) {
    at::manual_seed(1);
    for (const int64_t kernel : {2, 3}) {
        for (const bool ceil : {false, true}) {
            for (const int64_t height : {1, 2, 3, 4, 5, 8, 17}) {
                const int64_t wanted_side = max_pool_side(height, kernel, ceil);
                const at::Tensor x = at::randn({2, 19, height, height + 6});
                SCOPED_TRACE(fmt::format("kernel {}, ceil {}, {} rows", kernel, ceil, height));
                if (wanted_side == 0) {
                    EXPECT_ANY_THROW(at::max_pool2d(x, kernel, 2, 0, 1, ceil)) << "LibTorch finds a row";
                    continue;
                }
                const at::Tensor wanted = at::max_pool2d(x, kernel, 2, 0, 1, ceil);
                ASSERT_EQ(wanted.size(2), wanted_side);
                const at::NoGradGuard no_grad;
                EXPECT_TRUE(max_pool(x, kernel, ceil).equal(wanted));
            }
        }
    }
}

TEST(Pooling, NothingIsLargerThanAnInfinity) {
    const at::NoGradGuard no_grad;
    const at::Tensor x = at::full({1, 16, 4, 4}, -std::numeric_limits<float>::infinity());
    EXPECT_TRUE(max_pool(x, 2, false).equal(at::max_pool2d(x, 2)));
}

TEST(Pooling, WritesIntoSomeChannels) {
    at::manual_seed(3);
    const at::NoGradGuard no_grad;
    for (const auto& [height, width] : {std::pair<int64_t, int64_t>{3, 3}, {8, 17}, {5, 4}}) {
        const at::Tensor x = at::randn({2, 35, height, width}), bias = at::randn({35}), slope = at::zeros({35});
        const auto expect = [&](const at::Tensor& wanted, double tolerance, const auto& pool) {
            at::Tensor to =
                at::full({2, 50, wanted.size(2), wanted.size(3)}, 7.0F).contiguous(at::MemoryFormat::ChannelsLast);
            pool(to);
            EXPECT_LE((to.narrow(1, 4, 35) - wanted).abs().max().template item<double>(), tolerance);
            EXPECT_TRUE(to.narrow(1, 0, 4).eq(7).all().template item<bool>());
            EXPECT_TRUE(to.narrow(1, 39, 11).eq(7).all().template item<bool>());
        };
        for (const int64_t stride : {1, 2}) {
            const int64_t border = stride == 1 ? 1 : 0;
            expect(at::max_pool2d(x, {3, 3}, {stride, stride}, {border, border}), 0,
                   [&](at::Tensor& to) { max_pool_into(to, 4, x, stride); });
        }
        const at::Tensor means = at::avg_pool2d(x, {3, 3}, {1, 1}, {1, 1}, false, /*count_include_pad=*/false);
        expect((means + bias.view({1, -1, 1, 1})).relu(), 1e-6,
               [&](at::Tensor& to) { mean_pool_into(to, 4, x, {.bias = bias, .activate = false, .slope = slope}); });
        at::Tensor small = at::empty({2, 38, height, width}).contiguous(at::MemoryFormat::ChannelsLast);
        EXPECT_ANY_THROW(max_pool_into(small, 4, x, 1));
    }
}

TEST(Pooling, RootsOfMeanSquares) {
    at::manual_seed(2);
    for (const int64_t height : {1, 2, 7, 16}) {
        const at::Tensor x = at::randn({2, 35, height, 2 * height + 1});
        at::Tensor wanted;
        {
            const at::AutoGradMode record(true);
            wanted = l2_pool(x);
        }
        const at::NoGradGuard no_grad;
        const at::Tensor got = l2_pool(x);
        ASSERT_EQ(got.sizes(), wanted.sizes());
        EXPECT_EQ(got.size(2), l2_pool_side(height));
        EXPECT_LT((got - wanted).abs().max().item<double>(), 1e-6);
    }
}

}  // namespace
}  // namespace bfr::nets

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

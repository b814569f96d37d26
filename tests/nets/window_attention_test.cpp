// Attention in windows against LibTorch's operations, in double, on windows that are cut out one by one.
#include "nets/ops/window_attention.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "nets/ops/group_norm.h"
#include "tests/nets/support/drawn.h"

namespace bfr::nets {
namespace {

using at::Tensor;

struct WindowCase {
    int64_t batch, height, width, side, shift, heads, channels;
};

class WindowAttentionTest : public ::testing::TestWithParam<WindowCase> {
  protected:
    const WindowCase c_ = GetParam();
    const Windows windows_{c_.height, c_.width, c_.side, c_.shift, c_.heads};
    const Tensor qkv_ = 2 * drawn({c_.batch, c_.height* c_.width, 3 * c_.channels}, 1);
    const Tensor bias_ = drawn({c_.heads, c_.side* c_.side, c_.side* c_.side}, 2);

    // The stripe of a place along a rolled axis: what wraps around is not its window's neighbour.
    int64_t stripe(int64_t at, int64_t length) const {
        if (c_.shift == 0) return 0;
        return at >= length - c_.shift ? 2 : at >= length - c_.side ? 1 : 0;
    }

    Tensor wanted() const {
        const int64_t side = c_.side, tokens = side * side, each = c_.channels / c_.heads;
        const Tensor rolled = qkv_.to(at::kDouble)
                                  .view({c_.batch, c_.height, c_.width, 3 * c_.channels})
                                  .roll({-c_.shift, -c_.shift}, {1, 2});
        Tensor result = at::zeros({c_.batch, c_.height, c_.width, c_.channels}, at::kDouble);
        for (int64_t top = 0; top < c_.height; top += side) {
            for (int64_t left = 0; left < c_.width; left += side) {
                const Tensor part =
                    rolled.narrow(1, top, side).narrow(2, left, side).reshape({c_.batch, tokens, 3, -1});
                for (int64_t head = 0; head < c_.heads; head++) {
                    const auto of = [&](int64_t i) { return part.select(2, i).narrow(2, head * each, each); };
                    Tensor scores =
                        at::matmul(of(0), of(1).transpose(1, 2)) / std::sqrt(static_cast<double>(each)) + bias_[head];
                    for (int64_t i = 0; i < tokens; i++) {
                        for (int64_t j = 0; j < tokens; j++) {
                            const bool apart = stripe(top + i / side, c_.height) != stripe(top + j / side, c_.height) ||
                                               stripe(left + i % side, c_.width) != stripe(left + j % side, c_.width);
                            if (apart) scores.select(1, i).select(1, j).sub_(100);
                        }
                    }
                    result.narrow(1, top, side)
                        .narrow(2, left, side)
                        .narrow(3, head * each, each)
                        .copy_(at::matmul(at::softmax(scores, 2), of(2)).view({c_.batch, side, side, each}));
                }
            }
        }
        return result.roll({c_.shift, c_.shift}, {1, 2}).reshape({c_.batch, c_.height * c_.width, c_.channels});
    }
};

TEST_P(WindowAttentionTest, IsThatOfItsName) {
    const Tensor expected = wanted();
    {
        const at::NoGradGuard no_grad;
        EXPECT_LT(difference(window_attention(qkv_, bias_, windows_), expected), 3e-6);
    }
    Tensor leaf = qkv_.clone().set_requires_grad(true);
    const Tensor y = window_attention(leaf, bias_, windows_);
    EXPECT_LT(difference(y.detach(), expected), 3e-6);
    y.sum().backward();
    EXPECT_TRUE(leaf.grad().defined());
}

TEST_P(WindowAttentionTest, DependsNeitherOnTheBatchNorOnThreads) {
    const at::NoGradGuard no_grad;
    std::vector<Tensor> alone;
    for (int64_t i = 0; i < c_.batch; i++) alone.push_back(window_attention(qkv_.narrow(0, i, 1), bias_, windows_));
    const int before = at::get_num_threads();
    for (const int count : {1, 2, 3}) {
        at::set_num_threads(count);
        EXPECT_TRUE(at::equal(window_attention(qkv_, bias_, windows_), at::cat(alone))) << count;
    }
    at::set_num_threads(before);
}

// 30 numbers a head, as SwinIR's 180 in six; windows of 3x3 tokens, which fill no Lanes, are LibTorch's to do
INSTANTIATE_TEST_SUITE_P(Shapes, WindowAttentionTest,
                         ::testing::Values(WindowCase{2, 16, 24, 8, 4, 6, 180}, WindowCase{1, 16, 16, 8, 0, 6, 180},
                                           WindowCase{2, 8, 8, 8, 4, 2, 60}, WindowCase{1, 8, 12, 4, 2, 3, 102},
                                           WindowCase{2, 9, 6, 3, 1, 2, 10}));

TEST(WindowAttention, RefusesWhatDoesntFit) {
    const at::NoGradGuard no_grad;
    const Tensor qkv = at::zeros({1, 64, 36}), bias = at::zeros({2, 16, 16});
    EXPECT_NO_THROW(window_attention(qkv, bias, {8, 8, 4, 2, 2}));
    EXPECT_ANY_THROW(window_attention(qkv, bias, {8, 8, 3, 1, 2}));
    EXPECT_ANY_THROW(window_attention(qkv, bias, {8, 8, 4, 4, 2}));
    EXPECT_ANY_THROW(window_attention(qkv, bias, {8, 16, 4, 2, 2}));
    EXPECT_ANY_THROW(window_attention(qkv, bias, {8, 8, 4, 2, 3}));
    EXPECT_ANY_THROW(window_attention(qkv, at::zeros({2, 16, 9}), {8, 8, 4, 2, 2}));
}

TEST(GroupNorm, TakesEachPicturesOwnLine) {
    const Tensor x = drawn({2, 64, 5, 7}, 3) + 2, weight = drawn({2, 64}, 4), bias = drawn({2, 64}, 5);
    const Tensor wide = at::group_norm(x.to(at::kDouble), 32, {}, {}, 1e-5);
    const Tensor wanted = at::silu(wide * weight.unsqueeze(2).unsqueeze(3) + bias.unsqueeze(2).unsqueeze(3));
    const GroupNormOptions options{.epsilon = 1e-5, .swish = true};
    {
        const at::NoGradGuard no_grad;
        const Tensor y = group_norm(x, weight, bias, options);
        EXPECT_LT(difference(y, wanted), 1e-5);
        for (int64_t i = 0; i < 2; i++)
            EXPECT_TRUE(at::equal(group_norm(x.narrow(0, i, 1), weight[i], bias[i], options), y.narrow(0, i, 1)));
        EXPECT_ANY_THROW(group_norm(x, weight.narrow(0, 0, 1), bias.narrow(0, 0, 1), options));
        EXPECT_ANY_THROW(group_norm(x, weight, bias[0], options));
    }
    EXPECT_LT(difference(group_norm(x.clone().set_requires_grad(true), weight, bias, options).detach(), wanted), 1e-5);
}

}  // namespace
}  // namespace bfr::nets

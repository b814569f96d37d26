// Group normalisation, attention and rearrangement against LibTorch's own, in double.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "nets/ops/attention.h"
#include "nets/ops/group_norm.h"
#include "nets/ops/rearrange.h"
#include "nets/vqgan_blocks.h"
#include "tests/nets/support/drawn.h"

namespace bfr::nets {
namespace {

class Threads {
  public:
    explicit Threads(int count) : before_(at::get_num_threads()) { at::set_num_threads(count); }
    ~Threads() { at::set_num_threads(before_); }

  private:
    int before_;
};

struct NormCase {
    int64_t batch, channels, height, width, groups;
};

class GroupNormTest : public ::testing::TestWithParam<NormCase> {
  protected:
    const at::NoGradGuard no_grad_;
    const NormCase c_ = GetParam();
    // far from zero, as features are whose mean is large
    const Tensor x_ = drawn({c_.batch, c_.channels, c_.height, c_.width}, 1) + 20;
    const Tensor weight_ = drawn({c_.channels}, 2), bias_ = drawn({c_.channels}, 3);

    Tensor wanted(bool swish) const {
        const Tensor y =
            at::group_norm(x_.to(at::kDouble), c_.groups, weight_.to(at::kDouble), bias_.to(at::kDouble), 1e-6);
        return swish ? at::silu(y) : y;
    }
};

TEST_P(GroupNormTest, IsThatOfItsName) {
    for (const bool swish : {false, true}) {
        const Tensor y = group_norm(x_, weight_, bias_, {.groups = c_.groups, .swish = swish});
        EXPECT_LT(difference(y, wanted(swish)), 1e-5) << swish;
        EXPECT_TRUE(y.is_contiguous(at::MemoryFormat::ChannelsLast));
    }
}

TEST_P(GroupNormTest, InPlaceIsTheSame) {
    const Tensor copy = x_.contiguous(at::MemoryFormat::ChannelsLast).clone();
    const Tensor y = group_norm(x_, weight_, bias_, {.groups = c_.groups, .swish = true});
    const Tensor z = group_norm(copy, weight_, bias_, {.groups = c_.groups, .swish = true, .in_place = true});
    EXPECT_TRUE(at::equal(y, z));
    EXPECT_EQ(z.data_ptr(), copy.data_ptr());
}

TEST_P(GroupNormTest, DependsNeitherOnTheBatchNorOnThreads) {
    const auto run = [&](const Tensor& x) { return group_norm(x, weight_, bias_, {.groups = c_.groups}); };
    std::vector<Tensor> alone;
    {
        const Threads one(1);
        for (int64_t i = 0; i < c_.batch; i++) alone.push_back(run(x_.narrow(0, i, 1)));
    }
    for (const int count : {1, 2, 3}) {
        const Threads some(count);
        EXPECT_TRUE(at::equal(run(x_), at::cat(alone))) << count;
    }
}

INSTANTIATE_TEST_SUITE_P(Shapes, GroupNormTest,
                         ::testing::Values(NormCase{2, 64, 40, 52, 32}, NormCase{1, 96, 9, 7, 32},
                                           NormCase{3, 10, 5, 3, 5}, NormCase{1, 32, 1, 2, 32},
                                           NormCase{1, 40, 65, 63, 8}));

TEST(GroupNorm, GradientsPass) {
    Tensor x = drawn({1, 64, 4, 4}, 4).set_requires_grad(true);
    group_norm(x, at::ones({64}), at::zeros({64}), {.swish = true, .in_place = true}).sum().backward();
    EXPECT_TRUE(x.grad().defined());
}

struct AttentionCase {
    int64_t batch, queries, keys, channels, heads;
};

class AttentionTest : public ::testing::TestWithParam<AttentionCase> {
  protected:
    const at::NoGradGuard no_grad_;
    const AttentionCase c_ = GetParam();
    const Tensor q_ = 3 * drawn({c_.batch, c_.queries, c_.channels}, 5),
                 k_ = drawn({c_.batch, c_.keys, c_.channels}, 6), v_ = drawn({c_.batch, c_.keys, c_.channels}, 7);
};

TEST_P(AttentionTest, IsThatOfItsName) {
    const auto heads = [&](const Tensor& x) {
        return x.to(at::kDouble).reshape({c_.batch, x.size(1), c_.heads, -1}).permute({0, 2, 1, 3});
    };
    const Tensor scores =
        at::matmul(heads(q_), heads(k_).transpose(2, 3)) / std::sqrt(static_cast<double>(c_.channels / c_.heads));
    const Tensor wanted = at::matmul(at::softmax(scores, 3), heads(v_)).permute({0, 2, 1, 3}).reshape(q_.sizes());
    EXPECT_LT(difference(attention(q_, k_, v_, c_.heads), wanted), 3e-6);
    // scores of some hundred, as exponentials none that float32 holds
    EXPECT_TRUE(attention(100 * q_, k_, v_, c_.heads).isfinite().all().item<bool>());
}

TEST_P(AttentionTest, DependsNeitherOnTheBatchNorOnThreads) {
    std::vector<Tensor> alone;
    for (int64_t i = 0; i < c_.batch; i++)
        alone.push_back(attention(q_.narrow(0, i, 1), k_.narrow(0, i, 1), v_.narrow(0, i, 1), c_.heads));
    for (const int count : {1, 2, 3}) {
        const Threads some(count);
        EXPECT_TRUE(at::equal(attention(q_, k_, v_, c_.heads), at::cat(alone))) << count;
    }
}

INSTANTIATE_TEST_SUITE_P(Shapes, AttentionTest,
                         ::testing::Values(AttentionCase{2, 256, 256, 128, 4}, AttentionCase{1, 70, 33, 48, 1},
                                           AttentionCase{2, 1, 1, 16, 1}, AttentionCase{1, 130, 257, 64, 2}));
// numbers of a head that fill no Lanes: LibTorch's products
INSTANTIATE_TEST_SUITE_P(Odd, AttentionTest, ::testing::Values(AttentionCase{1, 20, 30, 24, 3}));

TEST(Attention, TokensAreThePixels) {
    const Tensor x = drawn({2, 8, 3, 5}, 8).contiguous(at::MemoryFormat::ChannelsLast), tokens = tokens_of(x);
    EXPECT_EQ(tokens.data_ptr(), x.data_ptr());
    EXPECT_TRUE(at::equal(tokens[1][7], x.index({1, at::indexing::Slice(), 1, 2})));
    EXPECT_TRUE(at::equal(picture_of(tokens, 3, 5), x));
}

TEST(Rearrange, MovesNumbers) {
    const at::NoGradGuard no_grad;
    const Tensor a = drawn({2, 17, 3, 5}, 9), b = drawn({2, 4, 3, 5}, 10);
    EXPECT_TRUE(at::equal(doubled(a), at::upsample_nearest2d(a, {6, 10})));
    EXPECT_TRUE(at::equal(joined(a, b), at::cat({a, b}, 1)));
    EXPECT_ANY_THROW(joined(a, drawn({2, 4, 3, 4}, 10)));
}

TEST(Codebook, FindsTheFirstOfTheNearest) {
    const at::NoGradGuard no_grad;
    vqgan::Codebook book(40, 8);
    book.weight.copy_(drawn({40, 8}, 11));
    book.weight[30].copy_(book.weight[12]);
    Tensor x = drawn({2, 8, 3, 2}, 12);
    x.index_put_({0, at::indexing::Slice(), 2, 1}, book.weight[12]);
    const Tensor rows = x.permute({0, 2, 3, 1}).reshape({12, 1, 8}).to(at::kDouble);
    const Tensor exact = (rows - book.weight.to(at::kDouble).unsqueeze(0)).square().sum(2);
    for (const bool prepared : {false, true}) {
        if (prepared) book.prepare();
        const Tensor found = book.nearest(x);
        EXPECT_TRUE(at::equal(found, exact.argmin(1))) << prepared;
        EXPECT_EQ(found[5].item<int64_t>(), 12);
        const Tensor pictures = book.pictures(found, 3, 2);
        EXPECT_EQ(pictures.sizes(), x.sizes());
        EXPECT_TRUE(
            at::equal(pictures.index({1, at::indexing::Slice(), 2, 0}), book.weight[found[10].item<int64_t>()]));
    }
}

}  // namespace
}  // namespace bfr::nets

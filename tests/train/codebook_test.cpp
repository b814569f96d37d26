#include "train/clrface/codebook.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

namespace bfr::train {
namespace {

// Four clouds in the plane.
at::Tensor clouds(int64_t each, uint64_t seed) {
    at::manual_seed(seed);
    const at::Tensor centres = at::tensor({4.F, 0.F, -4.F, 0.F, 0.F, 4.F, 0.F, -4.F}).view({4, 1, 2});
    return (centres + 0.1 * at::randn({4, each, 2})).view({-1, 2});
}

TEST(Codebook, NearestCodesAreTheNearest) {
    at::manual_seed(1);
    const at::Tensor rows = at::randn({3000, 3}), codes = at::randn({50, 3});
    EXPECT_TRUE(nearest_codes(rows, codes).equal(at::cdist(rows, codes).argmin(1)));
}

TEST(Codebook, AveragesFindTheMeansOfWhatFallsToThem) {
    CodebookAverages averages(4, 2, {.decay = 0.9, .dead = 0.5, .revive_every = 5}, at::kCPU);
    at::Tensor codes = at::zeros({4, 2});
    for (int64_t i = 0; i < 200; i++) {
        const at::Tensor rows = clouds(64, static_cast<uint64_t>(i));
        averages.learn(codes, rows, nearest_codes(rows, codes), i);
    }
    const at::Tensor rows = clouds(64, 1000), found = codes.index_select(0, nearest_codes(rows, codes));
    EXPECT_LT((found - rows).abs().max().item<float>(), 0.6);
    EXPECT_LT((found - rows).mean(0).abs().max().item<float>(), 0.05);
}

TEST(Codebook, DeadCodesMoveToTheData) {
    for (const bool revives : {false, true}) {
        CodebookAverages averages(8, 2, {.decay = 0.9, .revive_every = 10, .revive_until = revives ? 1000 : 0},
                                  at::kCPU);
        at::Tensor codes = at::zeros({8, 2});
        const at::Tensor beginning = clouds(64, 1) + 100;
        averages.learn(codes, beginning, nearest_codes(beginning, codes), 0);
        int64_t moved = 0;
        for (int64_t i = 1; i < 100; i++) {
            const at::Tensor rows = clouds(64, static_cast<uint64_t>(i));
            moved += averages.learn(codes, rows, nearest_codes(rows, codes), i);
        }
        const at::Tensor rows = clouds(64, 1000);
        CodebookUse use(8);
        use.add(nearest_codes(rows, codes));
        EXPECT_EQ(moved > 0, revives);
        EXPECT_EQ(use.share() > 0.5, revives) << use.share();
    }
}

TEST(Codebook, UseIsCounted) {
    CodebookUse use(8);
    use.add(at::tensor({0, 1, 1, 3}, at::kLong));
    use.add(at::tensor({0, 3}, at::kLong));
    EXPECT_DOUBLE_EQ(use.share(), 3.0 / 8);
    EXPECT_NEAR(use.perplexity(), 3, 1e-12);
}

}  // namespace
}  // namespace bfr::train

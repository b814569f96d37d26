#include "reports/compare/ranks.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace bfr {
namespace {

TEST(Ranks, AreOfTheMeansByDirection) {
    // Two values of three rows: 1 2 2 where more is better, 5 6 7 where less is.
    const RankedSamples all = {
        {Direction::kHigherIsBetter, Direction::kLowerIsBetter}, 3, {{0, 2, 3, 5, 6, 6}, {2, 2, 1, 5, 6, 8}}, {"", ""}};
    const auto rows = rank_rows(all, 1);
    EXPECT_EQ(rows[0].ranks, (std::vector<double>{3, 1}));
    EXPECT_EQ(rows[1].ranks, (std::vector<double>{1.5, 2}));
    EXPECT_EQ(rows[2].ranks, (std::vector<double>{1.5, 3}));
    EXPECT_EQ(rows[0].mean_rank, 2);
    EXPECT_EQ(rows[1].mean_rank, 1.75);
}

TEST(Ranks, OneSampleHasNoInterval) {
    const auto rows = rank_rows({{Direction::kHigherIsBetter}, 2, {{1, 2}}, {""}}, 1);
    EXPECT_EQ(rows[0].mean_rank, 2);
    EXPECT_FALSE(rows[0].interval || rows[0].first);
    const auto group = rank_rows({{Direction::kHigherIsBetter}, 2, {{1, 2}, {3, 2}}, {"a", "a"}}, 1);
    EXPECT_FALSE(group[0].interval);
}

// Row 1 is better than row 0 by `shift` on the mean, with noise of 1 on each sample.
RankedSamples noisy(int n, double shift, int per_group = 0) {
    RankedSamples all{{Direction::kHigherIsBetter}, 2, {}, {}};
    const Draw draw(5, "ranks", "noise");
    for (int i = 0; i < n; i++) {
        all.samples.push_back({0, shift + draw.normal(static_cast<uint64_t>(per_group > 0 ? i / per_group : i))});
        all.groups.push_back(per_group > 0 ? "g" + std::to_string(i / per_group) : "");
    }
    return all;
}

TEST(Ranks, ABigDifferenceIsSureAndNoneIsNot) {
    const auto sure = rank_rows(noisy(100, 1), 1);
    EXPECT_EQ(*sure[1].first, 1);
    EXPECT_EQ(sure[1].interval->high, 1);
    const auto open = rank_rows(noisy(100, 0), 1);
    EXPECT_GT(*open[1].first, 0.02);
    EXPECT_LT(*open[1].first, 0.98);
    EXPECT_EQ(open[1].interval->low, 1);
    EXPECT_EQ(open[1].interval->high, 2);
    EXPECT_NEAR(*open[0].first + *open[1].first, 1, 1e-9);
}

TEST(Ranks, EqualRowsShareTheFirstPlace) {
    const auto rows = rank_rows({{Direction::kLowerIsBetter}, 2, {{1, 1}, {2, 2}, {4, 4}}, {"", "", ""}}, 1);
    EXPECT_EQ(rows[0].mean_rank, 1.5);
    EXPECT_NEAR(*rows[0].first, 0.5, 1e-9);
}

TEST(Ranks, GroupsAreDrawnWhole) {
    // The same 20 numbers, ten times each: of people they carry no more than once.
    const auto people = rank_rows(noisy(200, 0.3, 10), 1), once = rank_rows(noisy(20, 0.3), 1);
    EXPECT_EQ(*people[1].interval->clusters, 20u);
    EXPECT_NEAR(*people[1].first, *once[1].first, 0.06);
}

}  // namespace
}  // namespace bfr

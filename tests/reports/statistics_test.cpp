#include "reports/statistics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace bfr {
namespace {

std::vector<Observation> drawn(int n, int group_size = 0) {
    const Draw draw(3, "statistics", "values");
    std::vector<Observation> all;
    for (int i = 0; i < n; i++) {
        all.push_back({draw.normal(static_cast<uint64_t>(i)), group_size ? "g" + std::to_string(i / group_size) : ""});
    }
    return all;
}

TEST(Statistics, SmallSetByHand) {
    const std::vector<Observation> all = {{4, ""}, {1, ""}, {3, ""}, {8, ""}};
    const Summary summary = summarise(all, 1, "v");
    EXPECT_EQ(summary.n, 4u);
    EXPECT_DOUBLE_EQ(*summary.mean, 4);
    EXPECT_DOUBLE_EQ(*summary.std, std::sqrt(26.0 / 3));
    EXPECT_DOUBLE_EQ(*summary.median, 3.5);
    EXPECT_EQ(*summary.min, 1);
    EXPECT_EQ(*summary.max, 8);
}

TEST(Statistics, QuantileIsLinearBetweenOrderStatistics) {
    EXPECT_DOUBLE_EQ(quantile({10, 0, 20, 30}, 0.0), 0);
    EXPECT_DOUBLE_EQ(quantile({10, 0, 20, 30}, 1.0), 30);
    EXPECT_DOUBLE_EQ(quantile({10, 0, 20, 30}, 0.25), 7.5);
    EXPECT_DOUBLE_EQ(quantile({5}, 0.3), 5);
}

TEST(Statistics, TooFewValuesHaveNoDeviationAndNoInterval) {
    const Summary none = summarise({}, 1, "v");
    EXPECT_EQ(none.n, 0u);
    EXPECT_FALSE(none.mean || none.std || none.median || none.min || none.max || none.interval);
    const std::vector<Observation> single = {{2, ""}};
    const Summary one = summarise(single, 1, "v");
    EXPECT_EQ(*one.mean, 2);
    EXPECT_FALSE(one.std || one.interval);
    const std::vector<Observation> one_group = {{2, "a"}, {3, "a"}};
    EXPECT_FALSE(summarise(one_group, 1, "v").interval);
}

TEST(Statistics, IntervalDependsOnSeedAndNameAlone) {
    const auto all = drawn(50);
    const auto first = *bootstrap_interval(all, 1, "psnr"), again = *bootstrap_interval(all, 1, "psnr");
    EXPECT_EQ(first.low, again.low);
    EXPECT_EQ(first.high, again.high);
    EXPECT_NE(first.low, bootstrap_interval(all, 2, "psnr")->low);
    EXPECT_NE(first.low, bootstrap_interval(all, 1, "ssim")->low);
    EXPECT_FALSE(first.clusters);
}

// For a mean of many values the bootstrap must come near mean +- 1.96 s / sqrt(n); 1,000 resamples place each end to
// some 5 % of the half width.
TEST(Statistics, IntervalIsNearTheNormalOne) {
    const auto all = drawn(400);
    const Summary summary = summarise(all, 1, "v");
    const double half = 1.96 * *summary.std / std::sqrt(400.0);
    EXPECT_NEAR(summary.interval->low, *summary.mean - half, 0.15 * half);
    EXPECT_NEAR(summary.interval->high, *summary.mean + half, 0.15 * half);
}

TEST(Statistics, GroupsAreDrawnWhole) {
    // Four copies of each value under one name carry no more than one copy.
    const auto single = drawn(60);
    std::vector<Observation> copies, loose;
    for (size_t i = 0; i < single.size(); i++) {
        for (int k = 0; k < 4; k++) {
            copies.push_back({single[i].value, "person " + std::to_string(i)});
            loose.push_back({single[i].value, ""});
        }
    }
    const auto clustered = *bootstrap_interval(copies, 1, "v"), plain = *bootstrap_interval(loose, 1, "v");
    EXPECT_EQ(*clustered.clusters, 60u);
    EXPECT_NEAR((clustered.high - clustered.low) / (plain.high - plain.low), 2, 0.25);
}

TEST(Statistics, ASampleWithoutAGroupIsDrawnByItself) {
    auto all = drawn(20, 2);
    EXPECT_EQ(bootstrap_interval(all, 1, "v")->clusters, 10u);
    all[5].group.clear();
    EXPECT_EQ(bootstrap_interval(all, 1, "v")->clusters, 11u);
    const std::vector<std::string_view> groups = {"b", "", "a", "b", "", "a"};
    EXPECT_EQ(drawn_as_one(groups), (std::vector<std::vector<size_t>>{{2, 5}, {0, 3}, {1}, {4}}));
    for (auto& one : all) one.group.clear();
    EXPECT_FALSE(bootstrap_interval(all, 1, "v")->clusters);
}

TEST(Statistics, SeriesThatShareTheirDrawsAreEachAsIfAlone) {
    const std::vector<std::vector<Observation>> series = {drawn(40), drawn(40, 4), {},      drawn(25),
                                                          drawn(40), drawn(10),    drawn(1)};
    const auto together = bootstrap_intervals(series, 5, "v");
    ASSERT_EQ(together.size(), series.size());
    for (size_t i = 0; i < series.size(); i++) {
        const auto alone = bootstrap_interval(series[i], 5, "v");
        ASSERT_EQ(together[i].has_value(), alone.has_value()) << i;
        if (!alone) continue;
        EXPECT_EQ(together[i]->low, alone->low) << i;  // bit for bit
        EXPECT_EQ(together[i]->high, alone->high) << i;
        EXPECT_EQ(together[i]->clusters, alone->clusters) << i;
    }
}

TEST(Statistics, ResampleByHand) {
    const std::vector<Observation> all = {{1, ""}, {2, ""}, {4, ""}};
    const Draw draw(9, "v", "bootstrap");
    std::vector<double> means;
    for (uint64_t r = 0; r < static_cast<uint64_t>(kResamples); r++) {
        double sum = 0;
        for (uint64_t i = 0; i < 3; i++) sum += all[draw.integer(3 * r + i, 3)].value;
        means.push_back(sum / 3);
    }
    const auto interval = *bootstrap_interval(all, 9, "v");
    EXPECT_DOUBLE_EQ(interval.low, quantile(means, 0.025));
    EXPECT_DOUBLE_EQ(interval.high, quantile(means, 0.975));
}

}  // namespace
}  // namespace bfr

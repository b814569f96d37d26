#include "downstream/verification_scores.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace bfr {
namespace {

// Distances of pairs of one person and of two, dealt to `folds` in turn; every pair has people of its own.
std::vector<Comparison> comparisons(const std::vector<double>& same, const std::vector<double>& other, size_t folds) {
    std::vector<Comparison> all;
    size_t people = 0;
    for (size_t i = 0; i < same.size(); i++, people++) all.push_back({same[i], true, i % folds, {people, people}});
    for (size_t i = 0; i < other.size(); i++, people += 2) {
        all.push_back({other[i], false, i % folds, {people, people + 1}});
    }
    std::ranges::stable_sort(all, {}, &Comparison::distance);
    return all;
}

TEST(VerificationScores, PerfectSeparation) {
    const auto all = comparisons({0.1, 0.2, 0.3, 0.4}, {0.6, 0.7, 0.8, 0.9}, 2);
    const auto roc = roc_of(all);
    ASSERT_TRUE(roc);
    EXPECT_EQ(area_under(*roc), 1);
    EXPECT_EQ(equal_error_rate(*roc), 0);
    EXPECT_EQ(tar_at_far(*roc, 0), 1);
    // Fold 0 holds 0.1 0.3 | 0.6 0.8, fold 1 holds 0.2 0.4 | 0.7 0.9.
    const auto folds = judge_folds(all, 2);
    ASSERT_TRUE(folds[0] && folds[1]);
    EXPECT_DOUBLE_EQ(folds[0]->threshold, 0.55);  // between 0.4 and 0.7
    EXPECT_DOUBLE_EQ(folds[1]->threshold, 0.45);
    EXPECT_EQ(folds[0]->right, 4u);
    EXPECT_EQ(folds[1]->right, 4u);
}

TEST(VerificationScores, TurnedRoundIsAllWrong) {
    const auto all = comparisons({0.6, 0.7}, {0.1, 0.2}, 2);
    const auto roc = roc_of(all);
    EXPECT_EQ(area_under(*roc), 0);
    EXPECT_EQ(equal_error_rate(*roc), 1);
    EXPECT_EQ(tar_at_far(*roc, 0.5), 0);
}

TEST(VerificationScores, EqualDistancesAreAcceptedTogether) {
    const auto all = comparisons({0.5, 0.5}, {0.5, 0.5}, 2);
    const auto roc = roc_of(all);
    EXPECT_EQ(roc->thresholds, (std::vector<double>{kAcceptsNothing, 0.5}));
    EXPECT_EQ(area_under(*roc), 0.5);
    EXPECT_EQ(equal_error_rate(*roc), 0.5);
    EXPECT_EQ(tar_at_far(*roc, 0.999), 0);
    EXPECT_EQ(tar_at_far(*roc, 1), 1);
    // Half is right whatever the threshold: the strictest is taken.
    for (const auto& fold : judge_folds(all, 2)) {
        EXPECT_EQ(fold->threshold, kAcceptsNothing);
        EXPECT_EQ(fold->right, 1u);
    }
}

TEST(VerificationScores, TheRateIsAStep) {
    // One of four strangers lies below all pairs of one person but the first.
    const auto all = comparisons({0.1, 0.3, 0.35, 0.4}, {0.2, 0.5, 0.6, 0.7}, 1);
    const auto roc = roc_of(all);
    EXPECT_EQ(tar_at_far(*roc, 0), 0.25);
    EXPECT_EQ(tar_at_far(*roc, 0.2499), 0.25);
    EXPECT_EQ(tar_at_far(*roc, 0.25), 1);
    EXPECT_DOUBLE_EQ(area_under(*roc), 13.0 / 16);
    EXPECT_DOUBLE_EQ(equal_error_rate(*roc), 0.25);
}

TEST(VerificationScores, OneFoldHasNoOtherToLearnFrom) {
    const auto all = comparisons({0.1, 0.2}, {0.8, 0.9}, 1);
    EXPECT_FALSE(judge_folds(all, 1)[0]);
    // A fold that lacks every comparison is nobody's concern.
    const auto folds = judge_folds(comparisons({0.1, 0.2}, {0.8, 0.9}, 2), 3);
    EXPECT_TRUE(folds[0] && folds[1]);
    EXPECT_FALSE(folds[2]);
}

TEST(VerificationScores, BothKindsAreNeeded) {
    EXPECT_FALSE(roc_of(comparisons({0.1, 0.2}, {}, 1)));
    EXPECT_FALSE(roc_of(comparisons({}, {0.1}, 1)));
    EXPECT_FALSE(roc_of({}));
    EXPECT_FALSE(bootstrap_people(comparisons({0.1, 0.2}, {}, 1), 0.1, "a"));
}

TEST(VerificationScores, IntervalsAreOverPeople) {
    std::vector<double> same, other;
    for (int i = 0; i < 100; i++) {
        same.push_back(0.2 + 0.004 * i);
        other.push_back(0.4 + 0.004 * i);
    }
    const auto all = comparisons(same, other, 1);
    const auto roc = roc_of(all);
    const auto wide = bootstrap_people(all, 0.1, "a");
    ASSERT_TRUE(wide);
    EXPECT_EQ(wide->area.clusters, 300u);
    EXPECT_LT(wide->area.low, area_under(*roc));
    EXPECT_GT(wide->area.high, area_under(*roc));
    EXPECT_LE(wide->tar.low, tar_at_far(*roc, 0.1));
    EXPECT_GE(wide->tar.high, tar_at_far(*roc, 0.1));
    // The same comparisons of a few people, whose distances are alike, are worth less.
    auto few = all;
    for (auto& one : few) {
        one.people[0] = static_cast<size_t>(one.distance * 20);
        one.people[1] = one.same ? one.people[0] : 100 + one.people[0];
    }
    const auto wider = bootstrap_people(few, 0.1, "a");
    EXPECT_GT(wider->area.high - wider->area.low, 1.2 * (wide->area.high - wide->area.low));
    const auto again = bootstrap_people(all, 0.1, "a");
    EXPECT_EQ(again->area.low, wide->area.low);
}

// Everything again in O(n^2), from the definitions.
struct BruteForce {
    std::vector<Comparison> all;

    std::vector<double> candidates(const std::vector<Comparison>& of) const {
        std::set<double> distinct;
        for (const auto& one : of) distinct.insert(one.distance);
        std::vector<double> list = {kAcceptsNothing};
        for (auto at = distinct.begin(); at != distinct.end(); ++at) {
            const auto next = std::next(at);
            list.push_back(next == distinct.end() ? *at : *at + (*next - *at) / 2);
        }
        return list;
    }
    static uint64_t right(const std::vector<Comparison>& of, double threshold) {
        return static_cast<uint64_t>(
            std::ranges::count_if(of, [&](const auto& one) { return (one.distance <= threshold) == one.same; }));
    }
    FoldResult fold(size_t number) const {
        std::vector<Comparison> inside, outside;
        for (const auto& one : all) (one.fold == number ? inside : outside).push_back(one);
        FoldResult best{inside.size(), 0, kAcceptsNothing};
        uint64_t most = 0;
        for (const double threshold : candidates(outside)) {
            if (right(outside, threshold) > most) {
                most = right(outside, threshold);
                best.threshold = threshold;
            }
        }
        best.right = right(inside, best.threshold);
        return best;
    }
    double area() const {
        double sum = 0, n = 0;
        for (const auto& a : all) {
            for (const auto& b : all) {
                if (!a.same || b.same) continue;
                sum += a.distance < b.distance ? 1 : a.distance == b.distance ? 0.5 : 0;
                n++;
            }
        }
        return sum / n;
    }
    double share_accepted(bool same, double threshold) const {
        double accepted = 0, n = 0;
        for (const auto& one : all) {
            if (one.same != same) continue;
            accepted += one.distance <= threshold;
            n++;
        }
        return accepted / n;
    }
    double tar(double far) const {
        double best = 0;
        for (const auto& one : all) {
            if (share_accepted(false, one.distance) <= far) best = std::max(best, share_accepted(true, one.distance));
        }
        return best;
    }
};

RC_GTEST_PROP(VerificationScoresProperty, EqualsTheDefinitions, ()) {
    constexpr size_t kFolds = 4;
    std::vector<Comparison> all;
    const auto n = *rc::gen::inRange(8, 60);
    for (int i = 0; i < n; i++) {
        // Few distinct distances: ties are frequent.
        all.push_back({*rc::gen::inRange(0, 12) / 8.0,
                       *rc::gen::arbitrary<bool>(),
                       *rc::gen::inRange<size_t>(0, kFolds),
                       {static_cast<size_t>(2 * i), static_cast<size_t>(2 * i + 1)}});
    }
    const BruteForce reference{all};
    const auto folds = judge_folds(all, kFolds);
    for (size_t fold = 0; fold < kFolds; fold++) {
        const auto inside = std::ranges::count(all, fold, &Comparison::fold);
        RC_ASSERT(folds[fold].has_value() == (inside > 0 && inside < n));
        if (!folds[fold]) continue;
        const FoldResult wanted = reference.fold(fold);
        RC_ASSERT(folds[fold]->pairs == wanted.pairs);
        RC_ASSERT(folds[fold]->threshold == wanted.threshold);
        RC_ASSERT(folds[fold]->right == wanted.right);
    }
    std::ranges::stable_sort(all, {}, &Comparison::distance);
    const auto roc = roc_of(all);
    const auto of_one = std::ranges::count(all, true, &Comparison::same);
    RC_ASSERT(roc.has_value() == (of_one > 0 && of_one < n));
    if (!roc) return;
    RC_ASSERT(std::abs(area_under(*roc) - reference.area()) < 1e-12);
    for (const double far : {0.0, 0.01, 0.1, 0.25, 0.5, 1.0}) RC_ASSERT(tar_at_far(*roc, far) == reference.tar(far));
    const double equal = equal_error_rate(*roc);
    RC_ASSERT(equal >= 0);
    RC_ASSERT(equal <= 1);
    // Its own definition: the polyline through (FAR, TAR) meets TAR = 1 - FAR there.
    for (size_t i = 1; i < roc->far.size(); i++) {
        if (equal < roc->far[i - 1] || equal > roc->far[i] || roc->far[i] == roc->far[i - 1]) continue;
        const double share = (equal - roc->far[i - 1]) / (roc->far[i] - roc->far[i - 1]);
        RC_ASSERT(std::abs(roc->tar[i - 1] + share * (roc->tar[i] - roc->tar[i - 1]) - (1 - equal)) < 1e-12 ||
                  equal == roc->far[i - 1] || equal == roc->far[i]);
    }
    // Weights of one each change nothing; doubled ones neither.
    const auto weighted = roc_of(all, std::vector<double>(all.size(), 2));
    RC_ASSERT(weighted->far == roc->far);
    RC_ASSERT(weighted->tar == roc->tar);
}

}  // namespace
}  // namespace bfr

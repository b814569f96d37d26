#include "reports/compare/paired_tests.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "reports/statistics.h"
#include "tests/support/support.h"

namespace bfr {
namespace {

Json golden(const std::string& part) {
    const auto folder = testing::goldens("compare", "paired_tests.json");
    return testing::read_json(folder.value() / "paired_tests.json").at(part);
}

TEST(PairedTestsParity, WilcoxonIsScipys) {
    const Json cases = golden("wilcoxon");
    ASSERT_GE(cases.size(), 15u);
    for (const Json& one : cases) {
        const auto differences = one.at("differences").get<std::vector<double>>();
        const SignedRanks found = signed_ranks(differences);
        const double p = one.at("p");
        ASSERT_TRUE(found.p) << one.at("name");
        EXPECT_EQ(found.positive, one.at("positive")) << one.at("name");
        EXPECT_EQ(std::min(found.positive, found.negative), one.at("statistic")) << one.at("name");
        EXPECT_EQ(found.n + found.zeros, differences.size()) << one.at("name");
        EXPECT_NEAR(*found.p / p, 1, 1e-10) << one.at("name");
    }
}

TEST(PairedTestsParity, HolmIsTheProcedureOf1979) {
    for (const Json& one : golden("holm")) {
        const auto found = holm(one.at("p").get<std::vector<double>>());
        const auto wanted = one.at("corrected").get<std::vector<double>>();
        ASSERT_EQ(found.size(), wanted.size());
        for (size_t i = 0; i < wanted.size(); i++) EXPECT_NEAR(found[i], wanted[i], 1e-12);
    }
}

// The draws are others, so the ends agree as far as chance lets them. An end of 1,000 resamples has a standard
// deviation of some 0.085 standard errors of the mean (a quantile of 0.025 of a normal distribution), the mean of 200
// such ends 0.006, an end of SciPy's 99,999 resamples 0.0085: four of the two's are 0.042.
TEST(PairedTestsParity, BootstrapIntervalIsScipysOverManySeeds) {
    constexpr uint64_t kSeeds = 200;
    for (const Json& one : golden("bootstrap")) {
        const auto values = one.at("values").get<std::vector<double>>();
        std::vector<Observation> all;
        for (size_t i = 0; i < values.size(); i++)
            all.push_back({values[i], one.contains("groups") ? one.at("groups")[i].get<std::string>() : ""});
        double low = 0, high = 0;
        for (uint64_t seed = 0; seed < kSeeds; seed++) {
            const auto interval = bootstrap_interval(all, seed, "v");
            low += interval->low / kSeeds;
            high += interval->high / kSeeds;
        }
        const double wanted_low = one.at("low"), wanted_high = one.at("high");
        const double error = (wanted_high - wanted_low) / (2 * 1.96);
        EXPECT_NEAR(low, wanted_low, 0.042 * error) << one.at("name");
        EXPECT_NEAR(high, wanted_high, 0.042 * error) << one.at("name");
    }
}

TEST(PairedTests, WilcoxonByHand) {
    // Ranks of 1 2 2 3: 1, 2.5, 2.5, 4. Of the 16 choices of signs two have a sum of 9 or more above 0.
    const std::vector<double> differences = {-1, 2, 2, 0, 3};
    const SignedRanks found = signed_ranks(differences);
    EXPECT_EQ(found.positive, 9);
    EXPECT_EQ(found.negative, 1);
    EXPECT_EQ(found.zeros, 1u);
    EXPECT_TRUE(found.exact);
    EXPECT_DOUBLE_EQ(*found.p, 2 * 2.0 / 16);
    EXPECT_DOUBLE_EQ(*found.rank_biserial(), 0.8);
}

TEST(PairedTests, NothingButZerosHasNoP) {
    for (const size_t n : {0, 1, 13, 60}) {
        const SignedRanks found = signed_ranks(std::vector<double>(n, 0.0));
        EXPECT_FALSE(found.p);
        EXPECT_FALSE(found.rank_biserial());
        EXPECT_EQ(found.zeros, n);
    }
}

TEST(PairedTests, CohensDz) {
    EXPECT_DOUBLE_EQ(*cohens_dz(std::vector<double>{1, 2, 3}), 2);
    EXPECT_FALSE(cohens_dz(std::vector<double>{1}));
    EXPECT_FALSE(cohens_dz(std::vector<double>{2, 2, 2}));
}

std::vector<double> of_integers(const std::vector<int>& integers) {
    std::vector<double> doubles;
    for (const int one : integers) doubles.push_back(one % 50 / 4.0);  // with zeros and equal ones
    return doubles;
}

RC_GTEST_PROP(PairedTests, TurningTheRowsRoundChangesSignsAlone, (const std::vector<int>& integers)) {
    const auto differences = of_integers(integers);
    std::vector<double> turned = differences;
    for (double& one : turned) one = -one;
    const SignedRanks a = signed_ranks(differences), b = signed_ranks(turned);
    RC_ASSERT(a.p == b.p || std::abs(*a.p - *b.p) < 1e-12);
    RC_ASSERT(a.positive == b.negative);
    RC_ASSERT(!a.p || (*a.p >= 0 && *a.p <= 1));
    RC_ASSERT(!a.p || *a.rank_biserial() == -*b.rank_biserial());
}

RC_GTEST_PROP(PairedTests, TheOrderOfTheSamplesDoesntMatter, (const std::vector<int>& integers)) {
    auto differences = of_integers(integers);
    const SignedRanks a = signed_ranks(differences);
    std::ranges::sort(differences);
    const SignedRanks b = signed_ranks(differences);
    RC_ASSERT(a.p == b.p);
    RC_ASSERT(a.positive == b.positive);
}

RC_GTEST_PROP(PairedTests, HolmKeepsTheOrderAndLiesBetweenPAndBonferroni, ()) {
    std::vector<double> p;
    for (const int one : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 1001))) p.push_back(one / 1000.0);
    const auto corrected = holm(p);
    for (size_t i = 0; i < p.size(); i++) {
        RC_ASSERT(corrected[i] >= p[i]);
        RC_ASSERT(corrected[i] <= std::min(1.0, p[i] * static_cast<double>(p.size())) + 1e-12);
        for (size_t k = 0; k < p.size(); k++) RC_ASSERT(p[i] > p[k] || corrected[i] <= corrected[k]);
    }
}

}  // namespace
}  // namespace bfr

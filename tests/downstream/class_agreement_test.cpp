#include "downstream/class_agreement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace bfr {
namespace {

std::vector<float> distribution(uint32_t which) {
    const Draw draw(7, "distribution", "p", which);
    std::vector<float> p(7);
    float sum = 0;
    for (size_t i = 0; i < p.size(); i++) sum += p[i] = static_cast<float>(std::pow(draw.uniform(i), 8));
    for (float& x : p) x /= sum;
    return p;
}

TEST(JsDivergence, KnownValues) {
    const std::vector<float> first{1, 0}, second{0, 1}, even{0.5f, 0.5f};
    EXPECT_EQ(js_divergence_bits(first, first), 0);
    EXPECT_NEAR(js_divergence_bits(first, second), 1, 1e-12);
    // middle (0.75, 0.25): log2(1 / 0.75) / 2 + (log2(0.5 / 0.75) + log2(0.5 / 0.25)) / 4
    EXPECT_NEAR(js_divergence_bits(first, even), 0.311278124459133, 1e-12);
}

TEST(JsDivergence, SymmetricWithinItsRangeAndZeroOnlyForEqual) {
    for (uint32_t i = 0; i < 50; i++) {
        const auto p = distribution(i), q = distribution(i + 100);
        const double bits = js_divergence_bits(p, q);
        EXPECT_NEAR(bits, js_divergence_bits(q, p), 1e-12);
        EXPECT_GT(bits, 0);
        EXPECT_LE(bits, 1);
        EXPECT_EQ(js_divergence_bits(p, p), 0);
    }
}

TEST(JsDivergence, SquareRootObeysTheTriangle) {
    for (uint32_t i = 0; i < 50; i++) {
        const auto a = distribution(3 * i), b = distribution(3 * i + 1), c = distribution(3 * i + 2);
        EXPECT_LE(std::sqrt(js_divergence_bits(a, c)),
                  std::sqrt(js_divergence_bits(a, b)) + std::sqrt(js_divergence_bits(b, c)) + 1e-9);
    }
}

TEST(JsDivergence, ScaleOfTheInputsDoesNotCount) {
    const std::vector<float> p{1, 2, 5}, q{3, 3, 2}, p10{10, 20, 50};
    EXPECT_NEAR(js_divergence_bits(p, q), js_divergence_bits(p10, q), 1e-12);
}

TEST(JsDivergence, RefusesWhatIsNoDistribution) {
    const std::vector<float> p{1, 0}, longer{1, 0, 0}, zero{0, 0};
    EXPECT_ANY_THROW(js_divergence_bits(p, longer));
    EXPECT_ANY_THROW(js_divergence_bits(p, zero));
}

TEST(ClassAgreement, TheFirstOfEqualClasses) {
    const std::vector<float> p{0.1f, 0.4f, 0.4f, 0.1f};
    EXPECT_EQ(most_likely(p), 1u);
}

TEST(ConfusionMatrix, Counts) {
    ConfusionMatrix matrix(3);
    matrix.add(0, 0);
    matrix.add(0, 2);
    matrix.add(0, 2);
    matrix.add(1, 1);
    EXPECT_THAT(matrix.counts(),
                ::testing::ElementsAre(::testing::ElementsAre(1, 0, 2), ::testing::ElementsAre(0, 1, 0),
                                       ::testing::ElementsAre(0, 0, 0)));
    EXPECT_EQ(matrix.total(), 4u);
    EXPECT_EQ(matrix.diagonal(), 2u);
}

}  // namespace
}  // namespace bfr

#include "downstream/landmark_errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace bfr {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using Points = std::array<std::array<double, 2>, kPoints68>;

// Outer eye corners 40 apart, all points within a box of 100 by 64.
Points reference() {
    Points points{};
    for (auto& p : points) p = {50, 32};
    points[0] = {0, 0};
    points[8] = {100, 64};
    points[36] = {30, 20};
    points[45] = {70, 20};
    return points;
}

TEST(LandmarkErrors, EqualPointsHaveNone) {
    const auto points = reference();
    const auto errors = landmark_errors(points, points);
    EXPECT_EQ(errors.mean, 0);
    EXPECT_THAT(errors.regions, ::testing::Each(0.0));
    EXPECT_DOUBLE_EQ(errors.interocular, 40);
    EXPECT_DOUBLE_EQ(errors.box, 80);  // sqrt(100 * 64)
}

TEST(LandmarkErrors, AShiftIsItsLength) {
    const auto expected = reference();
    auto shifted = expected;
    for (auto& p : shifted) p = {p[0] + 3, p[1] - 4};
    const auto errors = landmark_errors(shifted, expected);
    EXPECT_NEAR(errors.mean, 5, 1e-12);
    EXPECT_THAT(errors.regions, ::testing::Each(DoubleNear(5, 1e-12)));
}

// face_recognition's face_landmarks(): its nine lists of points, one after the other, as BFRBench's script joins them.
TEST(LandmarkErrors, SeventyTwoPointsHaveTheMouthsCornersTwice) {
    std::vector<size_t> listed;
    for (size_t i = 0; i < 48; i++) listed.push_back(i);  // chin, brows, nose, eyes
    listed.insert(listed.end(), {48, 49, 50, 51, 52, 53, 54, 64, 63, 62, 61, 60});
    listed.insert(listed.end(), {54, 55, 56, 57, 58, 59, 48, 60, 67, 66, 65, 64});
    ASSERT_EQ(listed.size(), 72U);
    const auto expected = reference();
    auto moved = expected;
    for (size_t i = 0; i < moved.size(); i++) moved[i][0] += static_cast<double>(i * i % 7);
    double sum = 0, mouth = 0;
    for (const size_t i : listed) {
        sum += static_cast<double>(i * i % 7);
        if (i >= 48) mouth += static_cast<double>(i * i % 7);
    }
    const auto errors = landmark_errors(moved, expected, kMouthCorners), plain = landmark_errors(moved, expected);
    EXPECT_NEAR(errors.mean, sum / 72, 1e-12);
    EXPECT_NEAR(errors.regions.back(), mouth / 24, 1e-12);
    EXPECT_GT(std::abs(errors.mean - plain.mean), 1e-4);
    EXPECT_EQ(errors.regions.front(), plain.regions.front());
}

TEST(LandmarkErrors, ScalesAreTheReferences) {
    const auto expected = reference();
    auto doubled = expected;
    for (auto& p : doubled) p = {p[0] * 2, p[1] * 2};
    EXPECT_DOUBLE_EQ(landmark_errors(doubled, expected).interocular, 40);
    EXPECT_DOUBLE_EQ(landmark_errors(expected, doubled).interocular, 80);
    EXPECT_DOUBLE_EQ(landmark_errors(expected, doubled).mean, landmark_errors(doubled, expected).mean);
}

TEST(LandmarkErrors, EachPointCountsInItsRegionAlone) {
    const std::array<size_t, 5> sizes{17, 10, 9, 12, 20};
    const std::array<std::pair<size_t, size_t>, 5> edges{{{0, 16}, {17, 26}, {27, 35}, {36, 47}, {48, 67}}};
    const auto expected = reference();
    for (size_t r = 0; r < edges.size(); r++) {
        for (const size_t moved : {edges[r].first, edges[r].second}) {
            auto points = expected;
            points[moved][1] += 17 * 68;
            const auto errors = landmark_errors(points, expected);
            EXPECT_NEAR(errors.mean, 17, 1e-12);
            for (size_t k = 0; k < edges.size(); k++) {
                EXPECT_NEAR(errors.regions[k], k == r ? 17.0 * 68 / static_cast<double>(sizes[k]) : 0, 1e-9) << moved;
            }
        }
    }
}

TEST(ErrorCurve, OfKnownErrors) {
    const std::vector<double> errors{0, 0.04, 0.08, std::numeric_limits<double>::infinity()};
    const auto curve = error_curve(errors, 0.08, 5);
    ASSERT_EQ(curve.thresholds.size(), 5u);
    EXPECT_NEAR(curve.thresholds[1], 0.02, 1e-15);
    EXPECT_EQ(curve.thresholds[4], 0.08);
    EXPECT_THAT(curve.shares, ElementsAre(0.25, 0.25, 0.5, 0.5, 0.75));
    EXPECT_NEAR(curve.area, (1 + 0.5) / 4, 1e-12);  // faces add (limit - error) / limit
    EXPECT_NEAR(curve.failure_rate, 0.25, 1e-12);   // an error of the limit itself is none
}

TEST(ErrorCurve, Extremes) {
    const std::vector<double> none{0, 0, 0}, all{1, std::numeric_limits<double>::infinity()};
    EXPECT_NEAR(error_curve(none, 0.08, 2).area, 1, 1e-12);
    EXPECT_EQ(error_curve(none, 0.08, 2).failure_rate, 0);
    EXPECT_EQ(error_curve(all, 0.08, 2).area, 0);
    EXPECT_EQ(error_curve(all, 0.08, 2).failure_rate, 1);
    EXPECT_ANY_THROW(error_curve({}, 0.08, 2));
}

TEST(ErrorCurve, AreaIsTheIntegralOfTheCurve) {
    std::vector<double> errors;
    for (int i = 0; i < 50; i++) errors.push_back(0.1 * std::abs(std::sin(i)));
    const auto curve = error_curve(errors, 0.08, 20001);
    double sum = 0;
    for (size_t i = 1; i < curve.shares.size(); i++) sum += (curve.shares[i] + curve.shares[i - 1]) / 2;
    EXPECT_NEAR(curve.area, sum / 20000, 1e-4);  // the trapezoids round each of the 50 steps by up to half a cell
}

}  // namespace
}  // namespace bfr

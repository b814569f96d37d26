// Adaptive augmentation of what a discriminator sees: what it does to pictures, and how often.
#include "train/augment.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "train/augment_matrices.h"

namespace bfr::train {
namespace {

at::Tensor pictures(int64_t batch = 2) {
    return at::sin(at::arange(batch * 3 * 16 * 16).to(at::kFloat)).view({batch, 3, 16, 16});
}

Augmentation nothing(int64_t batch) { return draw_augmentation(0, batch, 16, 1, "test", 0); }

double difference(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

TEST(Augment, NeverIsThePictureItself) { EXPECT_LT(difference(augmented(pictures(), nothing(2)), pictures()), 1e-5); }

TEST(Augment, AlwaysMovesAndPaintsEachPictureAnotherWay) {
    const at::Tensor same = pictures(1).expand({2, -1, -1, -1});
    const at::Tensor made = augmented(same, draw_augmentation(1, 2, 16, 1, "test", 0));
    EXPECT_GT(difference(made[0], same[0]), 0.1);
    EXPECT_GT(difference(made[0], made[1]), 0.1);
    // of (seed, name, iteration) alone
    EXPECT_TRUE(made.equal(augmented(same, draw_augmentation(1, 2, 16, 1, "test", 0))));
    EXPECT_FALSE(made.equal(augmented(same, draw_augmentation(1, 2, 16, 2, "test", 0))));
    EXPECT_FALSE(made.equal(augmented(same, draw_augmentation(1, 2, 16, 1, "other", 0))));
    EXPECT_FALSE(made.equal(augmented(same, draw_augmentation(1, 2, 16, 1, "test", 1))));
}

TEST(Augment, PlacesAreThoseOfTheMatrix) {
    Augmentation by = nothing(2);
    by.geometry.select(1, 0).select(1, 0).fill_(-1);
    EXPECT_LT(difference(augmented(pictures(), by), pictures().flip(3)), 1e-5);

    by = nothing(2);  // two pixels to the left; what comes in is the mirror image
    by.geometry.select(1, 0).select(1, 2).fill_(2 * 2.0 / 16);
    const at::Tensor moved = at::cat({pictures().narrow(3, 2, 14), pictures().narrow(3, 14, 2).flip(3)}, 3);
    EXPECT_LT(difference(augmented(pictures(), by), moved), 1e-5);

    by = nothing(2);  // a quarter turn: the row is read along the column
    by.geometry.copy_(at::tensor({0.F, -1.F, 0.F, 1.F, 0.F, 0.F}).view({1, 2, 3}).expand({2, 2, 3}));
    EXPECT_LT(difference(augmented(pictures(), by), at::rot90(pictures(), 1, {2, 3})), 1e-5);
}

TEST(Augment, ColoursKeepWhatTheirKindKeeps) {
    const at::Tensor made = augmented(at::ones({1, 3, 16, 16}) * 0.3, draw_augmentation(1, 1, 16, 4, "test", 0));
    // gray stays gray under all of them
    EXPECT_LT(difference(made.select(1, 0), made.select(1, 1)), 1e-5);
    EXPECT_LT(difference(made.select(1, 1), made.select(1, 2)), 1e-5);
}

template <class Matrix>
void expect_near(const Matrix& found, const Matrix& wanted) {
    for (size_t i = 0; i < wanted.size(); i++) {
        for (size_t j = 0; j < wanted.size(); j++) EXPECT_NEAR(found[i][j], wanted[i][j], 1e-12) << i << ' ' << j;
    }
}

TEST(AugmentMatrices, AreWhatTheirNamesSay) {
    constexpr double kPi = std::numbers::pi, kThird = 1.0 / 3;
    expect_near<Square3>(scaled(2, 3), {{{2, 0, 0}, {0, 3, 0}, {0, 0, 1}}});
    expect_near<Square3>(moved(2, 3), {{{1, 0, 2}, {0, 1, 3}, {0, 0, 1}}});
    expect_near<Square3>(turned(kPi / 2), {{{0, -1, 0}, {1, 0, 0}, {0, 0, 1}}});
    expect_near<Square3>(times(moved(1, 2), scaled(3, 4)), {{{3, 0, 1}, {0, 4, 2}, {0, 0, 1}}});
    expect_near<Square4>(brightness(0.5), {{{1, 0, 0, 0.5}, {0, 1, 0, 0.5}, {0, 0, 1, 0.5}, {0, 0, 0, 1}}});
    expect_near<Square4>(contrast(2), {{{2, 0, 0, 0}, {0, 2, 0, 0}, {0, 0, 2, 0}, {0, 0, 0, 1}}});
    expect_near<Square4>(luma_mirrored(), {{{kThird, -2 * kThird, -2 * kThird, 0},
                                            {-2 * kThird, kThird, -2 * kThird, 0},
                                            {-2 * kThird, -2 * kThird, kThird, 0},
                                            {0, 0, 0, 1}}});
    expect_near<Square4>(hue_turned(2 * kPi / 3), {{{0, 0, 1, 0}, {1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 0, 1}}});
    expect_near<Square4>(
        saturation(0),
        {{{kThird, kThird, kThird, 0}, {kThird, kThird, kThird, 0}, {kThird, kThird, kThird, 0}, {0, 0, 0, 1}}});
    expect_near<Square4>(saturation(2), {{{5 * kThird, -kThird, -kThird, 0},
                                          {-kThird, 5 * kThird, -kThird, 0},
                                          {-kThird, -kThird, 5 * kThird, 0},
                                          {0, 0, 0, 1}}});
}

// How often something happened, and the root of its numbers' mean square.
class Seen {
  public:
    void add(bool happened, double number = 0) {
        all_++;
        if (!happened) return;
        count_++;
        squares_ += number * number;
    }
    double share() const { return count_ / all_; }
    double spread() const { return std::sqrt(squares_ / count_); }

  private:
    double all_ = 0, count_ = 0, squares_ = 0;
};

// Tolerances here: four standard errors of 8,000 pictures, of which 2,400 show a transform.
constexpr int64_t kDrawn = 8000;
constexpr double kShare = 0.021, kSpread = 0.06;

// Each transform leaves a trace of its own in the product: offset, gain along the gray axis, gain and turn across it.
TEST(AugmentDraws, ColoursHappenAsOftenAndAsMuchAsThePaperSays) {
    const at::Tensor drawn = draw_augmentation(0.3, kDrawn, 16, 5, "test", 0).colour.to(at::kDouble);
    const at::Tensor linear = drawn.narrow(2, 0, 3);
    const at::Tensor determinants = at::linalg_det(linear);
    Seen brighter, contrasted, mirrored, turned_hue, saturated;
    for (int64_t i = 0; i < kDrawn; i++) {
        const auto m = linear[i];
        const double along = m[0].sum().item<double>();
        const double across = std::sqrt(determinants[i].item<double>() / along);
        const double offset = drawn[i][0][3].item<double>() / along;
        const double turn = m[1][0].item<double>() - m[0][1].item<double>();
        const double octaves = std::log2(std::abs(along)), chroma = std::log2(across / std::abs(along));
        brighter.add(std::abs(offset) > 1e-6, offset);
        contrasted.add(std::abs(octaves) > 1e-5, octaves);
        mirrored.add(along < 0);
        turned_hue.add(std::abs(turn / across) > 1e-5);
        saturated.add(std::abs(chroma) > 1e-5, chroma);
    }
    EXPECT_NEAR(brighter.share(), 0.3, kShare);
    EXPECT_NEAR(contrasted.share(), 0.3, kShare);
    EXPECT_NEAR(mirrored.share(), 0.15, kShare);
    EXPECT_NEAR(turned_hue.share(), 0.3, kShare);
    EXPECT_NEAR(saturated.share(), 0.3, kShare);
    EXPECT_NEAR(brighter.spread() / 0.2, 1, kSpread);
    EXPECT_NEAR(contrasted.spread() / 0.5, 1, kSpread);
    EXPECT_NEAR(saturated.spread(), 1, kSpread);
}

// Mirrored: the determinant's sign; scaled: its size; stretched: the singular values' ratio; what isn't stretched shows
// its angle. Either of two moves shows.
TEST(AugmentDraws, PlacesHappenAsOftenAndAsMuchAsThePaperSays) {
    const at::Tensor drawn = draw_augmentation(0.3, kDrawn, 1024, 5, "test", 0).geometry.to(at::kDouble);
    const auto matrices = drawn.accessor<double, 3>();
    Seen mirrored, scaled_by, stretched, tilted, moved_by;
    for (int64_t i = 0; i < kDrawn; i++) {
        const double a = matrices[i][0][0], b = matrices[i][0][1], c = matrices[i][1][0], d = matrices[i][1][1];
        const double determinant = a * d - b * c, area = std::abs(determinant);
        // the singular values' ratio r: (a^2 + b^2 + c^2 + d^2) / |det| = r + 1 / r
        const double half = std::max(1.0, (a * a + b * b + c * c + d * d) / (2 * area));
        const double ratio = std::log2(half + std::sqrt(half * half - 1)), scale = -std::log2(area) / 2;
        mirrored.add(determinant < 0);
        scaled_by.add(std::abs(scale) > 1e-5, scale);
        stretched.add(ratio > 2e-3, ratio / 2);
        if (ratio <= 2e-3) tilted.add(std::min(std::abs(a), std::abs(b)) / std::sqrt(area) > 1e-4);
        moved_by.add(std::abs(matrices[i][0][2]) > 1e-6 || std::abs(matrices[i][1][2]) > 1e-6);
    }
    EXPECT_NEAR(mirrored.share(), 0.15, kShare);
    EXPECT_NEAR(scaled_by.share(), 0.3, kShare);
    EXPECT_NEAR(stretched.share(), 0.3, kShare);
    EXPECT_NEAR(tilted.share(), 0.3, 1.2 * kShare);
    EXPECT_NEAR(moved_by.share(), 1 - 0.7 * 0.7, 1.1 * kShare);
    EXPECT_NEAR(scaled_by.spread() / 0.2, 1, kSpread);
    EXPECT_NEAR(stretched.spread() / 0.2, 1, kSpread);
}

TEST(AdaptiveProbability, GoesUpWhereRealFacesAreKnownAndDownWhereNot) {
    AdaptiveProbability p({.target = 0.6, .length = 1000, .every = 4});
    for (int i = 0; i < 40; i++) p.learn(1, 10);
    EXPECT_NEAR(p.now(), 0.4, 1e-6);
    for (int i = 0; i < 20; i++) p.learn(0.5, 10);
    EXPECT_NEAR(p.now(), 0.2, 1e-6);
    for (int i = 0; i < 200; i++) p.learn(-1, 10);
    EXPECT_EQ(p.now(), 0);
    for (int i = 0; i < 1000; i++) p.learn(1, 10);
    EXPECT_EQ(p.now(), 1);
}

TEST(AdaptiveProbability, GoesOnFromWhatWasSaved) {
    const AdaptiveOptions options{.target = 0.6, .length = 777, .every = 4};
    AdaptiveProbability whole(options), first(options), second(options);
    const auto sign = [](int i) { return i % 3 == 0 ? 0.1 : 0.9; };
    for (int i = 0; i < 50; i++) whole.learn(sign(i), 3);
    for (int i = 0; i < 18; i++) first.learn(sign(i), 3);
    StateDict saved;
    first.save("ada", saved);
    saved["ada"] = saved["ada"].to(at::kFloat);  // as files have it
    second.restore("ada", saved, "test");
    for (int i = 18; i < 50; i++) second.learn(sign(i), 3);
    EXPECT_EQ(second.now(), whole.now());
    EXPECT_GT(whole.now(), 0);
}

TEST(AdaptiveProbability, IsOffWithoutATarget) {
    AdaptiveProbability p({});
    for (int i = 0; i < 1000; i++) p.learn(1, 1'000'000);
    EXPECT_EQ(p.now(), 0);
}

}  // namespace
}  // namespace bfr::train

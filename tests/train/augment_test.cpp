// Adaptive augmentation of what a discriminator sees: what it does to pictures, and how often.
#include "train/augment.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

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

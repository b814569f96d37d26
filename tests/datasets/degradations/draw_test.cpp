// Drawn parameters follow the published ranges and depend on the seed and the id alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <set>

#include "base/error.h"
#include "datasets/degradations/presets.h"

namespace bfr {
namespace {

constexpr int kPictures = 20000;

std::string id_of(int i) { return "person/" + std::to_string(i); }

template <class Kind>
const Kind* find(const DegradationParameters& parameters) {
    for (const Step& step : parameters.steps) {
        if (const auto* found = std::get_if<Kind>(&step)) return found;
    }
    return nullptr;
}

// Moments of a sample against those of the uniform distribution on [lo, hi): five standard errors of the mean, so that
// a right generator fails once in two million runs (there is one run: the draws are fixed).
class Sample {
  public:
    void add(double value) {
        low_ = std::min(low_, value);
        high_ = std::max(high_, value);
        sum_ += value;
        squares_ += value * value;
        count_++;
    }
    int count() const { return count_; }
    void expect_uniform(double lo, double hi, const std::string& what) const {
        ASSERT_GT(count_, 50) << what;
        const double mean = sum_ / count_, variance = squares_ / count_ - mean * mean;
        const double deviation = (hi - lo) / std::sqrt(12);
        EXPECT_GE(low_, lo) << what;
        EXPECT_LE(high_, hi) << what;
        EXPECT_LT(low_, lo + (hi - lo) * 20 / count_) << what;
        EXPECT_GT(high_, hi - (hi - lo) * 20 / count_) << what;
        EXPECT_NEAR(mean, (lo + hi) / 2, 5 * deviation / std::sqrt(count_)) << what;
        // The variance of (x - mean)^2 of a uniform distribution is deviation^4 times 4 / 5.
        EXPECT_NEAR(variance, deviation * deviation, 6 * deviation * deviation / std::sqrt(count_)) << what;
    }

  private:
    double low_ = INFINITY, high_ = -INFINITY, sum_ = 0, squares_ = 0;
    int count_ = 0;
};

void expect_share(int count, int of, double probability, const std::string& what) {
    EXPECT_NEAR(count, of * probability, 5 * std::sqrt(of * probability * (1 - probability))) << what;
}

// All of lo..hi are drawn, and equally often by their mean and variance.
void expect_whole_numbers(const std::vector<int>& values, int lo, int hi, const std::string& what) {
    ASSERT_GT(values.size(), 50u) << what;
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    EXPECT_EQ(*least, lo) << what;
    EXPECT_EQ(*most, hi) << what;
    EXPECT_EQ(std::set<int>(values.begin(), values.end()).size(), static_cast<size_t>(hi - lo + 1)) << what;
    const double n = static_cast<double>(values.size()), spread = (hi - lo + 1) * (hi - lo + 1.0) / 12;
    double sum = 0;
    for (const int value : values) sum += value;
    EXPECT_NEAR(sum / n, (lo + hi) / 2.0, 5 * std::sqrt(spread / n)) << what;
}

// Without what "uneven" draws a second time.
DegradationParameters first_pass(DegradationParameters drawn) {
    const auto aside = std::find_if(drawn.steps.begin(), drawn.steps.end(),
                                    [](const Step& step) { return std::holds_alternative<Aside>(step); });
    const auto uneven =
        std::find_if(aside, drawn.steps.end(), [](const Step& step) { return std::holds_alternative<Uneven>(step); });
    drawn.steps.erase(aside, uneven);
    return drawn;
}

TEST(DegradationDraw, FollowsEachPresetsTable) {
    for (const auto& preset : degradation_presets()) {
        if (preset.grid) continue;  // grid_test.cpp
        std::map<std::string, Sample> samples;
        std::map<int, int> sizes;
        std::map<std::string, int> steps;
        std::map<std::string, std::vector<int>> pixels;
        int iso = 0;
        for (int i = 0; i < kPictures; i++) {
            const auto drawn = first_pass(draw_parameters(preset, 7, id_of(i), 512, 512));
            for (const Step& step : drawn.steps) steps[std::string(step_name(step))]++;
            const auto& blur = *find<Blur>(drawn);
            sizes[blur.size]++;
            samples["sigma_x"].add(blur.sigma_x);
            if (blur.type == KernelType::kIso) {
                iso++;
            } else {
                samples["sigma_y"].add(blur.sigma_y);
                samples["rotation"].add(blur.rotation);
            }
            samples["scale"].add(find<Downsample>(drawn)->scale);
            samples["noise"].add(find<Noise>(drawn)->sigma);
            samples["jpeg"].add(find<Jpeg>(drawn)->drawn);
            if (const auto* haze = find<Haze>(drawn)) samples["alpha"].add(haze->alpha);
            if (const auto* shift = find<Shift>(drawn)) {
                for (const double by : shift->by) samples["shift"].add(by);
            }
            if (const auto* translate = find<Translate>(drawn)) {
                pixels["right"].push_back(translate->right);
                pixels["down"].push_back(translate->down);
            }
            if (const auto* uneven = find<Uneven>(drawn)) {
                pixels["side"].push_back(uneven->side);
                samples["left"].add(uneven->left / (512.0 - uneven->side));
                samples["top"].add(uneven->top / (512.0 - uneven->side));
            }
            if (const auto* jitter = find<Jitter>(drawn)) {
                ASSERT_EQ(jitter->adjustments.size(), 4u);
                for (size_t k = 0; k < 4; k++) {
                    const auto& [kind, factor] = jitter->adjustments[k];
                    samples["factor" + std::to_string(static_cast<int>(kind))].add(factor);
                    steps["order" + std::to_string(static_cast<int>(kind)) + std::to_string(k)]++;
                }
            }
        }
        const std::string name = preset.name + ": ";
        for (const StepRange& range : preset.steps) {
            if (const auto* blur = std::get_if<BlurRange>(&range)) {
                expect_share(iso, kPictures, blur->iso_probability, name + "iso");
                ASSERT_EQ(sizes.size(), blur->sizes.size());
                for (const int size : blur->sizes) {
                    if (sizes.size() > 1) expect_share(sizes[size], kPictures, 1.0 / sizes.size(), name + "size");
                }
                samples["sigma_x"].expect_uniform(blur->sigma.lo, blur->sigma.hi, name + "sigma_x");
                samples["sigma_y"].expect_uniform(blur->sigma.lo, blur->sigma.hi, name + "sigma_y");
                samples["rotation"].expect_uniform(-std::numbers::pi, std::numbers::pi, name + "rotation");
            } else if (const auto* haze = std::get_if<HazeRange>(&range)) {
                expect_share(steps["haze"], kPictures, haze->probability, name + "haze");
                samples["alpha"].expect_uniform(haze->alpha.lo, haze->alpha.hi, name + "alpha");
            } else if (const auto* down = std::get_if<DownsampleRange>(&range)) {
                samples["scale"].expect_uniform(down->scale.lo, down->scale.hi, name + "scale");
            } else if (const auto* noise = std::get_if<NoiseRange>(&range)) {
                samples["noise"].expect_uniform(noise->sigma.lo, noise->sigma.hi, name + "noise");
            } else if (const auto* jpeg = std::get_if<JpegRange>(&range)) {
                samples["jpeg"].expect_uniform(jpeg->quality.lo, jpeg->quality.hi, name + "jpeg");
            } else if (const auto* shift = std::get_if<ShiftRange>(&range)) {
                expect_share(steps["shift"], kPictures, shift->probability, name + "shift");
                samples["shift"].expect_uniform(-shift->most, shift->most, name + "shift");
            } else if (const auto* gray = std::get_if<GrayRange>(&range)) {
                expect_share(steps["gray"], kPictures, gray->probability, name + "gray");
            } else if (const auto* jitter = std::get_if<JitterRange>(&range)) {
                expect_share(steps["jitter"], kPictures, jitter->probability, name + "jitter");
                const Range ranges[] = {*jitter->brightness, *jitter->contrast, *jitter->saturation, *jitter->hue};
                for (int k = 0; k < 4; k++) {
                    samples["factor" + std::to_string(k)].expect_uniform(ranges[k].lo, ranges[k].hi, name + "factor");
                    for (int at = 0; at < 4; at++) {
                        const int count = steps["order" + std::to_string(k) + std::to_string(at)];
                        expect_share(count, steps["jitter"], 0.25, name + "order of jitter");
                    }
                }
            } else if (const auto* translate = std::get_if<TranslateRange>(&range)) {
                expect_share(steps["translate"], kPictures, translate->probability, name + "translate");
                for (const char* axis : {"right", "down"}) {
                    expect_whole_numbers(pixels[axis], -translate->most, translate->most, name + axis);
                }
            } else if (const auto* uneven = std::get_if<UnevenRange>(&range)) {
                expect_share(steps["uneven"], kPictures, uneven->probability, name + "uneven");
                expect_whole_numbers(pixels["side"], uneven->least_side, uneven->most_side, name + "side");
                samples["left"].expect_uniform(0, 1, name + "left");
                samples["top"].expect_uniform(0, 1, name + "top");
            }
        }
    }
}

// The published numbers themselves (shared/docs/protocols.md 1.2, vspbfr.md 2): a slip in the table must not pass for a
// preset.
TEST(DegradationDraw, TablesHoldThePublishedRanges) {
    const auto range = [](const char* preset, size_t step) { return find_degradation_preset(preset).steps.at(step); };
    const auto same = [](Range a, Range b) { return a.lo == b.lo && a.hi == b.hi; };

    const auto gfpgan_blur = std::get<BlurRange>(range("gfpgan", 0));
    EXPECT_EQ(gfpgan_blur.sizes, std::vector<int>{41});
    EXPECT_TRUE(same(gfpgan_blur.sigma, {0.1, 10}));
    EXPECT_TRUE(same(std::get<DownsampleRange>(range("gfpgan", 1)).scale, {0.8, 8}));
    EXPECT_TRUE(same(std::get<NoiseRange>(range("gfpgan", 2)).sigma, {0, 20}));
    EXPECT_TRUE(same(std::get<JpegRange>(range("gfpgan", 3)).quality, {60, 100}));
    EXPECT_EQ(std::get<ShiftRange>(range("gfpgan", 5)).probability, 0.3);
    EXPECT_EQ(std::get<ShiftRange>(range("gfpgan", 5)).most, 20.0 / 255);
    EXPECT_EQ(std::get<GrayRange>(range("gfpgan", 6)).probability, 0.01);
    EXPECT_FALSE(std::get<GrayRange>(range("gfpgan", 6)).reference);
    const auto jitter = std::get<JitterRange>(range("gfpgan", 7));
    EXPECT_EQ(jitter.probability, 0.3);
    EXPECT_TRUE(same(*jitter.brightness, {0.5, 1.5}) && same(*jitter.contrast, {0.5, 1.5}));
    EXPECT_TRUE(same(*jitter.saturation, {0, 1.5}) && same(*jitter.hue, {-0.1, 0.1}));

    EXPECT_EQ(std::get<BlurRange>(range("vspbfr", 0)).sizes, (std::vector<int>{39, 41}));
    EXPECT_EQ(std::get<HazeRange>(range("vspbfr", 1)).probability, 0.008);
    EXPECT_TRUE(same(std::get<HazeRange>(range("vspbfr", 1)).alpha, {0.75, 0.95}));
    EXPECT_EQ(std::get<GrayRange>(range("vspbfr", 7)).probability, 0.008);
    EXPECT_TRUE(std::get<GrayRange>(range("vspbfr", 7)).reference);

    EXPECT_TRUE(same(std::get<BlurRange>(range("codeformer-stage2", 0)).sigma, {1, 15}));
    EXPECT_TRUE(same(std::get<DownsampleRange>(range("codeformer-stage2", 1)).scale, {4, 30}));
    EXPECT_TRUE(same(std::get<JpegRange>(range("codeformer-stage2", 3)).quality, {30, 80}));
    EXPECT_TRUE(same(std::get<DownsampleRange>(range("codeformer-stage3", 1)).scale, {1, 12}));
    EXPECT_TRUE(same(std::get<NoiseRange>(range("codeformer-stage3", 2)).sigma, {0, 15}));
    EXPECT_TRUE(same(std::get<BlurRange>(range("codeformer-stage3-large", 0)).sigma, {1, 15}));
    EXPECT_TRUE(same(std::get<JpegRange>(range("codeformer-stage3-large", 3)).quality, {30, 80}));

    EXPECT_EQ(std::get<TranslateRange>(range("restoreformer++", 0)).probability, 0.2);
    EXPECT_EQ(std::get<TranslateRange>(range("restoreformer++", 0)).most, 32);
    EXPECT_EQ(std::get<BlurRange>(range("restoreformer++", 1)).sizes, (std::vector<int>{39, 41}));
    EXPECT_EQ(std::get<HazeRange>(range("restoreformer++", 2)).probability, 0.008);
    const auto uneven = std::get<UnevenRange>(range("restoreformer++", 7));
    EXPECT_EQ(uneven.probability, 0.1);
    EXPECT_EQ(uneven.least_side, 128);
    EXPECT_EQ(uneven.most_side, 256);
    EXPECT_EQ(std::get<GrayRange>(range("restoreformer++", 8)).probability, 0.008);
    EXPECT_TRUE(std::get<GrayRange>(range("restoreformer++", 8)).reference);

    EXPECT_TRUE(same(std::get<DownsampleRange>(range("vqfr-v2", 1)).scale, {1, 30}));
    EXPECT_TRUE(same(std::get<JpegRange>(range("vqfr-v2", 3)).quality, {30, 90}));
    for (const char* wide : {"difface", "fos-syn"}) {
        EXPECT_TRUE(same(std::get<BlurRange>(range(wide, 0)).sigma, {0.1, 15})) << wide;
        EXPECT_TRUE(same(std::get<DownsampleRange>(range(wide, 1)).scale, {0.8, 32})) << wide;
        EXPECT_TRUE(same(std::get<NoiseRange>(range(wide, 2)).sigma, {0, 20})) << wide;
        EXPECT_TRUE(same(std::get<JpegRange>(range(wide, 3)).quality, {30, 100})) << wide;
    }
    EXPECT_EQ(std::get<GrayRange>(range("difface", 5)).probability, 0.01);
    EXPECT_TRUE(std::get<GrayRange>(range("difface", 5)).reference);
    EXPECT_TRUE(std::get<Enlarge>(range("fos-syn", 4)).levels);
}

TEST(DegradationDraw, SeedAndIdDecideAndNothingElse) {
    const auto& gfpgan = find_degradation_preset("gfpgan");
    const auto first = draw_parameters(gfpgan, 1, "a", 512, 512);
    for (int i = 0; i < 50; i++) draw_parameters(gfpgan, 1, id_of(i), 512, 512);
    EXPECT_EQ(draw_parameters(gfpgan, 1, "a", 512, 512), first);
    EXPECT_NE(draw_parameters(gfpgan, 2, "a", 512, 512).steps, first.steps);
    EXPECT_NE(draw_parameters(gfpgan, 1, "b", 512, 512).steps, first.steps);
}

TEST(DegradationDraw, OneRangeChangedLeavesTheOtherDraws) {
    const auto& preset = find_degradation_preset("gfpgan");
    DegradationPreset changed = preset;
    std::get<DownsampleRange>(changed.steps[1]).scale = {20, 30};
    changed.steps.insert(changed.steps.begin() + 1, HazeRange{1, {0.5, 0.6}});
    for (int i = 0; i < 100; i++) {
        const auto a = draw_parameters(preset, 3, id_of(i), 512, 512);
        auto b = draw_parameters(changed, 3, id_of(i), 512, 512);
        ASSERT_EQ(step_name(b.steps[1]), "haze");
        b.steps.erase(b.steps.begin() + 1);
        ASSERT_GE(find<Downsample>(b)->scale, 20);
        for (size_t k = 0; k < a.steps.size(); k++) {
            if (!std::holds_alternative<Downsample>(a.steps[k])) {
                EXPECT_EQ(a.steps[k], b.steps[k]);
            }
        }
    }
}

TEST(DegradationDraw, ARepeatedStepDrawsAnew) {
    DegradationPreset twice = find_degradation_preset("codeformer-stage2");
    const auto steps = twice.steps;
    twice.steps.insert(twice.steps.end(), steps.begin(), steps.end());
    const auto drawn = draw_parameters(twice, 1, "a", 512, 512);
    ASSERT_EQ(drawn.steps.size(), 10u);
    for (size_t k = 0; k < 4; k++) EXPECT_NE(drawn.steps[k], drawn.steps[k + 5]);
    EXPECT_EQ(std::get<Noise>(drawn.steps[7]).layer, 1u);
    const auto once = draw_parameters(find_degradation_preset("codeformer-stage2"), 1, "a", 512, 512);
    EXPECT_TRUE(std::equal(once.steps.begin(), once.steps.end(), drawn.steps.begin()));
}

TEST(DegradationDraw, AReferenceSizeScalesWhatIsInPixels) {
    const auto& preset = find_degradation_preset("vspbfr");
    for (int i = 0; i < 200; i++) {
        const auto published = draw_parameters(preset, 1, id_of(i), 512, 512);
        EXPECT_EQ(draw_parameters(preset, 1, id_of(i), 512, 512, {512, {}}), published);
        const auto& blur = *find<Blur>(published);
        const auto half = draw_parameters(preset, 1, id_of(i), 300, 256);
        EXPECT_EQ(draw_parameters(preset, 1, id_of(i), 300, 256, {512, {}}), half);
        const auto& half_blur = *find<Blur>(half);
        EXPECT_EQ(half_blur.size, 21);  // radius 20 or 19, halved and rounded
        EXPECT_DOUBLE_EQ(half_blur.sigma_x, blur.sigma_x / 2);
        EXPECT_EQ(half_blur.rotation, blur.rotation);
        EXPECT_EQ(find<Downsample>(half)->scale, find<Downsample>(published)->scale);
        EXPECT_EQ(find<Noise>(half)->sigma, find<Noise>(published)->sigma);
        const auto unscaled = draw_parameters(preset, 1, id_of(i), 256, 256, {0, {}});
        EXPECT_EQ(*find<Blur>(unscaled), blur);
    }
    EXPECT_NO_THROW(draw_parameters(preset, 1, "a", 1, 1));
    EXPECT_NO_THROW(draw_parameters(preset, 1, "a", kMaxDegradedSide, kMaxDegradedSide, {16, {}}));
}

TEST(DegradationDraw, MovesAndPatchesAreScaledToo) {
    const auto& preset = find_degradation_preset("restoreformer++");
    int moved = 0, patched = 0;
    for (int i = 0; i < 500; i++) {
        const auto whole = draw_parameters(preset, 1, id_of(i), 512, 512),
                   half = draw_parameters(preset, 1, id_of(i), 256, 300),
                   tiny = draw_parameters(preset, 1, id_of(i), 40, 30, {0, {}});
        if (const auto* translate = find<Translate>(whole)) {
            EXPECT_NEAR(find<Translate>(half)->right, translate->right / 2.0, 0.5);
            EXPECT_NEAR(find<Translate>(half)->down, translate->down / 2.0, 0.5);
            EXPECT_EQ(find<Translate>(tiny)->down, std::clamp(translate->down, -29, 29));
            moved++;
        }
        if (const auto* uneven = find<Uneven>(whole)) {
            const auto* halved = find<Uneven>(half);
            EXPECT_NEAR(halved->side, uneven->side / 2.0, 0.5);
            EXPECT_NEAR(halved->left, uneven->left / 2.0, 1);
            EXPECT_EQ(find<Uneven>(tiny)->side, 30);
            patched++;
        }
    }
    EXPECT_GT(moved, 50);
    EXPECT_GT(patched, 20);
}

// The two inputs of CodeFormer's stage III are drawn apart from each other.
TEST(DegradationDraw, ALayerOfItsOwnMakesDrawsIndependent) {
    const auto &first = find_degradation_preset("codeformer-stage3"),
               &large = find_degradation_preset("codeformer-stage3-large"),
               &stage2 = find_degradation_preset("codeformer-stage2");
    double products = 0;
    int same_kernel = 0;
    constexpr int kPairs = 2000;
    for (int i = 0; i < kPairs; i++) {
        const auto a = draw_parameters(first, 1, id_of(i), 512, 512), b = draw_parameters(large, 1, id_of(i), 512, 512),
                   c = draw_parameters(stage2, 1, id_of(i), 512, 512);
        same_kernel += find<Blur>(a)->type == find<Blur>(b)->type;
        EXPECT_EQ(find<Blur>(a)->type, find<Blur>(c)->type);
        products += (find<Noise>(a)->sigma / 15 - 0.5) * (find<Noise>(b)->sigma / 20 - 0.5) * 12;
        EXPECT_EQ(find<Noise>(a)->layer, 0u);
        EXPECT_EQ(find<Noise>(b)->layer, 1u);
    }
    expect_share(same_kernel, kPairs, 0.5, "the same kind of kernel");
    EXPECT_NEAR(products / kPairs, 0, 5 / std::sqrt(kPairs));  // their correlation
}

// Each pass of an uneven picture is drawn like a picture of its own, and the move comes once.
TEST(DegradationDraw, UnevenDrawsASecondTime) {
    const auto& preset = find_degradation_preset("restoreformer++");
    int seen = 0;
    for (int i = 0; i < 300; i++) {
        const auto drawn = draw_parameters(preset, 1, id_of(i), 512, 512);
        std::vector<Blur> blurs;
        std::vector<uint32_t> layers;
        int moves = 0;
        for (const Step& step : drawn.steps) {
            if (const auto* blur = std::get_if<Blur>(&step)) blurs.push_back(*blur);
            if (const auto* noise = std::get_if<Noise>(&step)) layers.push_back(noise->layer);
            moves += std::holds_alternative<Translate>(step);
        }
        EXPECT_LE(moves, 1);
        if (!find<Uneven>(drawn)) {
            EXPECT_EQ(blurs.size(), 1u);
            continue;
        }
        seen++;
        ASSERT_EQ(blurs.size(), 2u);
        EXPECT_NE(blurs[0], blurs[1]);
        EXPECT_EQ(layers, (std::vector<uint32_t>{0, 1}));
    }
    EXPECT_GT(seen, 10);
}

TEST(DegradationDraw, SmallSidesAreFlooredAsPythonDoes) {
    EXPECT_EQ(small_side(512, 4.3), 119);
    EXPECT_EQ(small_side(512, 0.8), 639);  // 0.8 is a little over 4/5 in binary, though 512 / 0.8 rounds to 640
    EXPECT_EQ(small_side(512, 512), 1);
    EXPECT_EQ(small_side(16, 30), 1);  // Python's 0, which no picture has
    EXPECT_EQ(small_side(128, 0.85), 150);
}

TEST(DegradationDraw, RefusesWhatItCannotDo) {
    const auto& preset = find_degradation_preset("gfpgan");
    EXPECT_THROW(draw_parameters(preset, 1, "a", 0, 5), Error);
    EXPECT_THROW(draw_parameters(preset, 1, "a", 5, kMaxDegradedSide + 1), Error);
    try {
        find_degradation_preset("gpfgan");
        FAIL();
    } catch (const UsageError& e) {
        EXPECT_STREQ(e.what(), "unknown degradation preset 'gpfgan'; did you mean gfpgan?");
    }
}

}  // namespace
}  // namespace bfr

// Beside `bfr degrade`: step by step and as a whole.
#include "train/degrade/degrade.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "base/error.h"
#include "datasets/degradations/degrade.h"
#include "datasets/degradations/presets.h"
#include "datasets/image.h"
#include "tests/datasets/degradations/support.h"
#include "tests/train/degrade/pictures.h"

namespace bfr::train {
namespace {

using testing::bgr_picture;
using testing::Difference;
using testing::difference;
using testing::rgb_tensor;

at::Tensor rgb01(const cv::Mat& bgr) { return rgb_tensor(bgr).to(at::kFloat).div_(255); }
at::Tensor levels(const at::Tensor& picture) { return (picture * 255).round(); }

// Ours and `bfr degrade`'s, on the 8-bit grid, in levels.
Difference off_by(const cv::Mat& bgr, const DegradationParameters& parameters) {
    const DegradedPicture theirs = bfr::degrade(bgr, parameters);
    const Degraded ours = degrade(rgb01(bgr), parameters);
    const at::Tensor reference = rgb_tensor(theirs.reference_bgr8.empty() ? bgr : theirs.reference_bgr8);
    EXPECT_LE(difference(levels(on_8bit_grid(ours.reference)), reference).most, 1);
    return difference(levels(on_8bit_grid(ours.picture)), rgb_tensor(theirs.bgr8));
}

Difference off_by(const cv::Mat& bgr, std::vector<Step> steps, ChannelOrder channels = ChannelOrder::kRgb) {
    return off_by(bgr, DegradationParameters{"test", 3, "a", bgr.cols, bgr.rows, channels, std::move(steps)});
}

TEST(TensorDegrade, NoStepsGiveThePictureItself) {
    const cv::Mat bgr = bgr_picture("a", 20, 14);
    for (const auto channels : {ChannelOrder::kRgb, ChannelOrder::kBgr}) {
        const Degraded none = degrade(rgb01(bgr), {"test", 3, "a", 20, 14, channels, {}});
        EXPECT_TRUE(at::equal(none.picture, rgb01(bgr)));
        EXPECT_TRUE(at::equal(none.reference, rgb01(bgr)));
    }
}

// One step at a time: a level where a sum's last bit decides which way a half is rounded, and nowhere else.
TEST(TensorDegrade, EveryStepIsBfrDegrades) {
    const std::vector<std::vector<Step>> chains = {
        {Blur{KernelType::kIso, 11, 1.7, 1.7, 0}},
        {Blur{KernelType::kAniso, 11, 2.5, 0.4, 0.9}},
        {Blur{KernelType::kAniso, 41, 9.5, 3.4, -2.2}},
        {Blur{KernelType::kIso, 3, 0.025, 0.025, 0}},
        {Blur{KernelType::kIso, 201, 30, 30, 0}},  // reflected more than once
        {Haze{0.83}},
        {Noise{12.5}},
        {Noise{7, NoiseRule::kTimesQuotient, "degrade/noise", 2, true}},
        {Jpeg{63.7, 63}},
        {Shift{{0.05, -0.07, 0.01}}},
        {Round{}},
        {Gray{true}},
        {Translate{-7, 12}},
        {Translate{3, 0}, Haze{0.5}, Aside{}, Jpeg{40, 40}, Uneven{10, 5, 30}},
        {Jitter{{{JitterKind::kHue, 0.1}, {JitterKind::kContrast, 1.4}}}},
        {Jitter{{{JitterKind::kBrightness, 0.6}, {JitterKind::kSaturation, 1.3}, {JitterKind::kHue, -0.37}}}},
        {Downsample{2.7, 33, 24}, Enlarge{}},
        {Downsample{0.8, 112, 80}, Enlarge{Interpolation::kBicubic}},
        {Downsample{4, 22, 16, Interpolation::kArea}, Enlarge{Interpolation::kBilinear, true}}};
    const cv::Mat bgr = bgr_picture("steps", 90, 64);
    for (const auto channels : {ChannelOrder::kRgb, ChannelOrder::kBgr}) {
        for (const auto& chain : chains) {
            SCOPED_TRACE(std::string(step_name(chain.front())));
            auto steps = chain;
            if (auto* down = std::get_if<Downsample>(&steps.front())) {
                down->width = small_side(90, down->scale);
                down->height = small_side(64, down->scale);
            }
            const Difference off = off_by(bgr, steps, channels);
            EXPECT_LE(off.most, 1);
            EXPECT_LT(off.mean, 5e-3);  // averages of 16 levels are halves often: 3.6e-3 is the most that was seen
        }
    }
}

// Whole chains: where a level before the JPEG is another, a block after it may differ by a few.
TEST(TensorDegrade, EveryPresetIsNearlyBfrDegrades) {
    for (const auto& preset : degradation_presets()) {
        SCOPED_TRACE(preset.name);
        Difference all;
        constexpr size_t kPictures = 24;
        for (size_t i = 0; i < kPictures; i++) {
            const cv::Mat bgr = bgr_picture("p" + std::to_string(i), 96, 80);
            const Difference off =
                off_by(bgr, draw_parameters(preset, 5, "p" + std::to_string(i), 96, 80, testing::at_place(preset, i)));
            all.mean += off.mean / kPictures;
            all.most = std::max(all.most, off.most);
        }
        RecordProperty(preset.name + "/mean", std::to_string(all.mean));
        RecordProperty(preset.name + "/most", std::to_string(all.most));
        EXPECT_LT(all.mean, 0.01);
        EXPECT_LE(all.most, 12);
    }
}

TEST(TensorDegrade, DoesNotDependOnThreads) {
    const auto& preset = find_degradation_preset("vspbfr");
    const int before = at::get_num_threads();
    for (int i = 0; i < 8; i++) {
        const at::Tensor clean = rgb01(bgr_picture(std::to_string(i), 256, 256));
        const auto parameters = draw_parameters(preset, 1, std::to_string(i), 256, 256);
        at::set_num_threads(1);
        const at::Tensor one = degrade(clean, parameters).picture;
        at::set_num_threads(4);
        EXPECT_TRUE(at::equal(degrade(clean, parameters).picture, one)) << i;
    }
    at::set_num_threads(before);
}

// Elsewhere sums run in another order.
TEST(TensorDegrade, IsNearlyTheSameOnCuda) {
    if (!at::hasCUDA()) GTEST_SKIP() << "SKIPPED: there is no CUDA device";
    for (const auto& preset : degradation_presets()) {
        for (int i = 0; i < 16; i++) {
            const at::Tensor clean = rgb01(bgr_picture(std::to_string(i), 128, 128));
            const auto parameters = draw_parameters(preset, 1, std::to_string(i), 128, 128,
                                                    testing::at_place(preset, static_cast<size_t>(i)));
            const at::Tensor there = degrade(clean.to(at::kCUDA), parameters).picture;
            ASSERT_TRUE(there.is_cuda());
            const Difference off =
                difference(levels(on_8bit_grid(there.cpu())), levels(on_8bit_grid(degrade(clean, parameters).picture)));
            EXPECT_LT(off.mean, 0.01) << preset.name << " " << i;
            EXPECT_LE(off.most, 12) << preset.name << " " << i;
        }
    }
}

TEST(TensorDegrade, TheResultLiesWhereThePresetLeavesIt) {
    const at::Tensor clean = rgb01(bgr_picture("grid", 64, 64));
    const auto of = [&](const char* preset) {
        return degrade(clean, draw_parameters(find_degradation_preset(preset), 1, "a", 64, 64)).picture;
    };
    EXPECT_TRUE(at::equal(of("vspbfr"), on_8bit_grid(of("vspbfr"))));
    EXPECT_FALSE(at::equal(of("gfpgan"), on_8bit_grid(of("gfpgan"))));
}

TEST(TensorDegrade, RefusesWhatDoesNotFit) {
    const at::Tensor clean = rgb01(bgr_picture("a", 20, 14));
    EXPECT_THROW(degrade(clean, {"test", 3, "a", 21, 14, ChannelOrder::kRgb, {}}), Error);
    EXPECT_THROW(degrade(clean, {"test", 3, "a", 20, 14, ChannelOrder::kRgb, {Haze{2}}}), UsageError);
}

// The statement of docs/training.md, on photographs.
class TensorDegradeReal : public ::testing::Test {
  protected:
    void SetUp() override {
        const auto shared = testing::shared_dir();
        BFR_SKIP_WITHOUT("../shared/faces", shared);
        for (const auto* id : {"Aaron_Eckhart", "Abel_Pacheco", "Adam_Freier", "Abdullah", "AJ_Lamas", "Aaron_Guiel",
                               "Aaron_Tippin", "Aaron_Patterson"}) {
            const auto photo = Image::load(*shared / "faces" / "lfw" / id / (std::string(id) + "_0001.jpg"));
            faces_.push_back(photo->bgr8()(cv::Rect(61, 61, 128, 128)).clone());
        }
    }
    // The mean and the largest difference of all chains that `chain_of` makes of the drawn parameters; none of an empty
    // one.
    template <class ChainOf>
    std::optional<Difference> differences(const std::string& what, const std::string& preset, ChainOf chain_of) const {
        Difference all;
        size_t count = 0;
        for (size_t i = 0; i < 8 * faces_.size(); i++) {
            auto parameters = draw_parameters(find_degradation_preset(preset), 7, std::to_string(i), 128, 128);
            parameters.steps = chain_of(parameters.steps);
            if (parameters.steps.empty()) continue;
            const Difference off = off_by(faces_[i % faces_.size()], parameters);
            all.mean += off.mean;
            all.most = std::max(all.most, off.most);
            count++;
        }
        if (count == 0) return std::nullopt;
        all.mean /= static_cast<double>(count);
        fmt::print("{}, {}: {} pictures, mean {:.2e}, most {:.0f}\n", preset, what, count, all.mean, all.most);
        return all;
    }
    std::vector<cv::Mat> faces_;
};

TEST_F(TensorDegradeReal, StepsOnPhotographs) {
    for (const std::string preset : {"vspbfr", "gfpgan"}) {
        for (const std::string name : {"blur", "haze", "downsample", "noise", "jpeg", "shift", "gray", "jitter"}) {
            const auto off = differences(name, preset, [&](const std::vector<Step>& steps) {
                std::vector<Step> chain;
                for (const Step& step : steps) {
                    if (step_name(step) == name) chain.push_back(step);
                }
                if (!chain.empty() && name == "downsample") chain.push_back(Enlarge{});
                return chain;
            });
            if (!off) continue;  // none was drawn
            EXPECT_LT(off->mean, 1e-4) << preset << " " << name;
            EXPECT_LE(off->most, name == "jpeg" || name == "haze" ? 0 : 1) << preset << " " << name;
        }
    }
}

TEST_F(TensorDegradeReal, ChainsOnPhotographs) {
    for (const auto& preset : degradation_presets()) {
        if (preset.grid) continue;
        const auto off = differences("all", preset.name, [](const std::vector<Step>& steps) { return steps; });
        ASSERT_TRUE(off);
        EXPECT_LT(off->mean, 1e-3) << preset.name;
        EXPECT_LE(off->most, 4) << preset.name;
    }
}

}  // namespace
}  // namespace bfr::train

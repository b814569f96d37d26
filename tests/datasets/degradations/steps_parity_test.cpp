// The steps that degrade.json of the goldens doesn't have, and DifFace's grid, against values computed with numpy and
// OpenCV 5.0 (tests/data/goldens/degradations/make_steps.py).
#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/core.hpp>

#include "base/error.h"
#include "base/json.h"
#include "datasets/degradations/degrade.h"
#include "datasets/degradations/presets.h"
#include "tests/support/support.h"

namespace bfr {
namespace {

// Absent only where BFR_GOLDENS names goldens without them.
std::optional<std::filesystem::path> steps_goldens() { return testing::goldens("degradations", "steps.json"); }

cv::Mat picture_of(const std::string& name, int width, int height) {
    const auto values = testing::hash_fill(name, static_cast<size_t>(width) * height * 3, 0, 255);
    cv::Mat picture;
    cv::Mat(height, width, CV_32FC3, const_cast<float*>(values.data())).convertTo(picture, CV_8U);
    return picture;
}

// Largest and mean difference of an 8-bit picture's every n-th value.
std::pair<int, double> difference(const cv::Mat& picture, const Json& wanted, size_t every) {
    EXPECT_EQ(wanted.size(), (picture.total() * 3 + every - 1) / every);
    int worst = 0;
    double sum = 0;
    for (size_t i = 0; i < wanted.size(); i++) {
        const int off = std::abs(picture.data[i * every] - wanted[i].get<int>());
        worst = std::max(worst, off);
        sum += off;
    }
    return {worst, sum / static_cast<double>(wanted.size())};
}

class DegradationStepsParity : public ::testing::TestWithParam<std::string> {};

TEST_P(DegradationStepsParity, EqualsTheReference) {
    const auto folder = steps_goldens();
    BFR_SKIP_WITHOUT("goldens/degradations", folder);
    const Json file = testing::read_json(*folder / "steps.json");
    const Json& golden = file["cases"][GetParam()];
    const int width = file["width"], height = file["height"];
    const size_t every = file["every"];
    const Json whole = {{"version", kDegradationVersion},
                        {"preset", "test"},
                        {"seed", 1},
                        {"id", "a"},
                        {"width", width},
                        {"height", height},
                        {"channels", "bgr"},
                        {"steps", golden["steps"]}};
    const auto parameters = parameters_from_json(whole, "steps.json");

    size_t noises = 0;
    const NoiseSource noise = [&](const Noise& step, std::span<float> values) {
        EXPECT_EQ(step.layer, noises);
        const auto filled = testing::hash_fill("degradations/noise/" + GetParam() + "/" + std::to_string(noises++),
                                               values.size(), -1.7320508f, 1.7320508f);
        std::copy(filled.begin(), filled.end(), values.begin());
    };
    const cv::Mat clean = picture_of("degradations/" + GetParam(), width, height);
    Degrading state = begin_degrading(clean, ChannelOrder::kBgr);
    size_t compared = 0;
    bool with_jpeg = false;
    for (size_t i = 0; i < parameters.steps.size(); i++) {
        apply_step(parameters.steps[i], state, noise);
        with_jpeg |= std::holds_alternative<Jpeg>(parameters.steps[i]);
        const auto wanted = golden["floats"].find(std::to_string(i));
        if (wanted == golden["floats"].end()) continue;
        ASSERT_EQ(wanted->size(), (state.picture.total() * 3 + every - 1) / every);
        // filter2D of a large kernel goes by a DFT; OpenCV 4.6 and 5.0 differ by 3e-6 in the bicubic growth.
        const double tolerance = GetParam() == "grown" ? 1e-5 : 2e-6;
        for (size_t k = 0; k < wanted->size(); k++) {
            ASSERT_NEAR(state.picture.ptr<float>()[k * every], (*wanted)[k].get<double>(), tolerance)
                << "step " << i << ", value " << k * every;
        }
        compared++;
    }
    EXPECT_EQ(compared, golden["floats"].size());

    const DegradedPicture result = finish_degrading(state);
    // All are equal where this was written; a JPEG spreads a level that falls to the other side of a half over its
    // block.
    const auto [worst, mean] = difference(result.bgr8, golden["final"], every);
    RecordProperty("largest_and_mean", fmt::format("{} {}", worst, mean));
    EXPECT_LE(worst, with_jpeg ? 4 : 1);
    EXPECT_LE(mean, 0.05);
    ASSERT_EQ(result.reference_bgr8.empty(), golden["reference"].is_null());
    if (!golden["reference"].is_null()) {
        EXPECT_LE(difference(result.reference_bgr8, golden["reference"], every).first, 1);
    }
}

INSTANTIATE_TEST_SUITE_P(Cases, DegradationStepsParity,
                         ::testing::Values("moved", "moved_far", "uneven", "levels", "area_bicubic", "bicubic_nearest",
                                           "nearest_area", "grown"),
                         [](const auto& info) { return info.param; });

// Python's own random.choice made the golden digits.
TEST(DifFaceGridParity, EveryCombinationIsTheAuthors) {
    const auto folder = steps_goldens();
    BFR_SKIP_WITHOUT("goldens/degradations", folder);
    const Json golden = testing::read_json(*folder / "steps.json")["difface_test"];
    const auto& preset = find_degradation_preset("difface-test");
    ASSERT_EQ(grid_size(preset), 4000u);
    const std::string digits = golden["sigma_y"];
    const auto choices = python_choices(10000, 4, 4000);
    ASSERT_EQ(digits.size(), choices.size());
    for (size_t i = 0; i < digits.size(); i++) ASSERT_EQ(static_cast<char>('0' + choices[i]), digits[i]) << i;

    ASSERT_GE(golden["points"].size(), 20u);
    for (const Json& point : golden["points"]) {
        DrawOptions options;
        options.place = PlaceInSet{point["index"], 4000};
        const auto drawn = draw_parameters(preset, 1, "any", 512, 512, options);
        ASSERT_EQ(drawn.steps.size(), 5u);
        const int scale = point["scale"];
        const std::vector<Step> wanted{
            Blur{KernelType::kAniso, 41, point["sigma_x"], point["sigma_y"], point["rotation"]},
            Downsample{static_cast<double>(scale), 512 / scale, 512 / scale}, Noise{point["noise"]},
            Jpeg{point["quality"], point["quality"]}, Enlarge{}};
        EXPECT_EQ(drawn.steps, wanted) << point.dump();
    }
}

}  // namespace
}  // namespace bfr

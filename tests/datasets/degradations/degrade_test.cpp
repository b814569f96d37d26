// Properties of the degradation that hold without any golden value.
#include "datasets/degradations/degrade.h"

#include <gtest/gtest.h>

#include <numeric>
#include <opencv2/core/utility.hpp>
#include <opencv2/imgproc.hpp>
#include <set>

#include "base/error.h"
#include "base/json.h"
#include "datasets/degradations/kernel.h"
#include "datasets/degradations/presets.h"
#include "tests/datasets/degradations/support.h"
#include "tests/support/support.h"

namespace bfr {
namespace {

// A picture with smooth and busy places.
cv::Mat picture_of(int width, int height) {
    const auto values = testing::hash_fill("test/degrade", static_cast<size_t>(width) * height * 3, 0, 255);
    cv::Mat noise(height, width, CV_32FC3, const_cast<float*>(values.data())), smooth, result;
    cv::GaussianBlur(noise, smooth, {0, 0}, 2);
    cv::Mat(0.2 * noise + 0.8 * smooth).convertTo(result, CV_8U);
    return result;
}

bool equal(const cv::Mat& a, const cv::Mat& b) {
    if (a.empty() || b.empty()) return a.empty() && b.empty();
    return a.size() == b.size() && a.type() == b.type() && cv::norm(a, b, cv::NORM_INF) == 0;
}

// Ids whose drawn parameters have every optional step at least once.
std::vector<DegradationParameters> varied(int width, int height) {
    std::vector<DegradationParameters> all;
    for (const auto& preset : degradation_presets()) {
        std::set<std::string> met;
        for (int i = 0; i < 2000; i++) {
            auto drawn = draw_parameters(preset, 5, "id" + std::to_string(i), width, height,
                                         testing::at_place(preset, static_cast<size_t>(i)));
            bool is_new = i < 3;
            for (const Step& step : drawn.steps) is_new |= met.emplace(step_name(step)).second;
            if (is_new) all.push_back(std::move(drawn));
        }
        met.erase("aside");  // comes with "uneven"
        EXPECT_EQ(met.size(), preset.steps.size()) << preset.name;
    }
    return all;
}

TEST(Degrade, AReplayFromJsonEqualsTheFirstRun) {
    const cv::Mat clean = picture_of(96, 80);
    for (const auto& drawn : varied(96, 80)) {
        const auto read = parameters_from_json(Json::parse(parameters_to_json(drawn).dump()), "replay");
        const DegradedPicture first = degrade(clean, drawn), second = degrade(clean, read);
        EXPECT_TRUE(equal(first.bgr8, second.bgr8)) << drawn.id;
        EXPECT_TRUE(equal(first.reference_bgr8, second.reference_bgr8)) << drawn.id;
        EXPECT_FALSE(equal(first.bgr8, clean)) << drawn.id;
    }
}

TEST(Degrade, ThreadsDoNotMatter) {
    const cv::Mat clean = picture_of(512, 384);
    const auto all = varied(512, 384);
    const int threads = cv::getNumThreads();
    for (const auto& drawn : all) {
        cv::setNumThreads(1);
        const DegradedPicture one = degrade(clean, drawn);
        cv::setNumThreads(2);
        const DegradedPicture two = degrade(clean, drawn);
        EXPECT_TRUE(equal(one.bgr8, two.bgr8)) << drawn.preset << " " << drawn.id;
    }
    cv::setNumThreads(threads);
}

TEST(Degrade, LeavesTheCleanPictureAlone) {
    const cv::Mat clean = picture_of(64, 64), copy = clean.clone();
    for (const auto& drawn : varied(64, 64)) degrade(clean, drawn);
    EXPECT_TRUE(equal(clean, copy));
}

TEST(Degrade, TheReferenceChangesOnlyWhereThePresetSaysSo) {
    const cv::Mat clean = 0.5 * picture_of(64, 64) + cv::Scalar(10, 60, 120);  // red even as one pixel of a bad JPEG
    for (const auto& drawn : varied(64, 64)) {
        bool gray_reference = false, gray = false, jittered_after = false, moved = false;
        for (const Step& step : drawn.steps) {
            if (const auto* found = std::get_if<Gray>(&step)) gray = true, gray_reference = found->reference;
            jittered_after |= std::holds_alternative<Jitter>(step);
            moved |= std::holds_alternative<Translate>(step);
        }
        const DegradedPicture result = degrade(clean, drawn);
        EXPECT_EQ(result.reference_bgr8.empty(), !gray_reference && !moved) << drawn.preset << " " << drawn.id;
        std::vector<cv::Mat> planes;
        cv::split(result.bgr8, planes);
        if (!jittered_after) {
            EXPECT_EQ(equal(planes[0], planes[1]) && equal(planes[1], planes[2]), gray);
        }
        if (drawn.preset != "vspbfr" || !gray_reference) continue;
        // VSPBFR's weights: 0.114 R + 0.587 G + 0.299 B.
        const cv::Vec3b bgr = clean.at<cv::Vec3b>(20, 30), seen = result.reference_bgr8.at<cv::Vec3b>(20, 30);
        EXPECT_NEAR(seen[0], 0.299 * bgr[0] + 0.587 * bgr[1] + 0.114 * bgr[2], 0.51);
    }
}

// A blue picture's JPEG at a low quality: what red loses in BGR order, blue loses in RGB order.
TEST(Degrade, TheChannelOrderReachesTheJpeg) {
    const cv::Mat clean = picture_of(64, 64);
    DegradationParameters bgr{"test", 0, "a", 64, 64, ChannelOrder::kBgr, {Jpeg{30, 30}}};
    DegradationParameters rgb = bgr;
    rgb.channels = ChannelOrder::kRgb;
    const cv::Mat a = degrade(clean, bgr).bgr8, b = degrade(clean, rgb).bgr8;
    EXPECT_FALSE(equal(a, b));
    cv::Mat swapped, c;
    cv::cvtColor(clean, swapped, cv::COLOR_BGR2RGB);
    cv::cvtColor(degrade(swapped, bgr).bgr8, c, cv::COLOR_RGB2BGR);
    EXPECT_TRUE(equal(b, c));
}

TEST(Degrade, PicturesSmallerThanTheKernel) {
    for (const cv::Size size : {cv::Size(1, 1), cv::Size(1, 7), cv::Size(3, 2), cv::Size(17, 16)}) {
        const cv::Mat clean = picture_of(size.width, size.height);
        for (const auto& preset : degradation_presets()) {
            const auto drawn =
                draw_parameters(preset, 1, "small", size.width, size.height, testing::at_place(preset, 7, 0));
            EXPECT_EQ(degrade(clean, drawn).bgr8.size(), size) << preset.name;
        }
    }
}

TEST(Degrade, RefusesAPictureOfAnotherSize) {
    const auto drawn = draw_parameters(find_degradation_preset("gfpgan"), 1, "a", 64, 64);
    EXPECT_THROW(degrade(picture_of(64, 63), drawn), Error);
    auto wrong = drawn;
    std::get<Blur>(wrong.steps[0]).sigma_x = 0;
    EXPECT_THROW(degrade(picture_of(64, 64), wrong), UsageError);
}

TEST(Degrade, AMoveTakesTheReferenceAlong) {
    const cv::Mat clean = picture_of(33, 21);
    const auto moved = degrade(clean, {"test", 1, "a", 33, 21, ChannelOrder::kRgb, {Translate{5, -20}}});
    EXPECT_TRUE(equal(moved.bgr8, moved.reference_bgr8));
    for (int y = 0; y < 21; y++) {
        for (int x = 0; x < 33; x++) {
            const int from_x = x < 5 ? 4 - x : x - 5, from_y = y + 20 < 21 ? y + 20 : 41 - (y + 20);
            ASSERT_EQ(moved.bgr8.at<cv::Vec3b>(y, x), clean.at<cv::Vec3b>(from_y, from_x)) << x << " " << y;
        }
    }
}

// Inside the square what one chain gives, outside what the other gives.
TEST(Degrade, AnUnevenPictureHasTwoDegradations) {
    const cv::Mat clean = picture_of(60, 50);
    const Step blur = Blur{KernelType::kIso, 9, 3, 3, 0}, noise = Noise{20};
    const auto with = [&](std::vector<Step> steps) {
        return degrade(clean, {"test", 1, "a", 60, 50, ChannelOrder::kBgr, std::move(steps)}).bgr8;
    };
    const cv::Mat a = with({blur}), b = with({noise}), both = with({blur, Aside{}, noise, Uneven{11, 7, 30}});
    cv::Mat wanted = b.clone();
    const cv::Rect square(11, 7, 30, 30);
    a(square).copyTo(wanted(square));
    EXPECT_TRUE(equal(both, wanted));
    EXPECT_FALSE(equal(both, a));
}

TEST(Degrade, GrayNoiseIsEqualInAllChannels) {
    const cv::Mat clean(64, 64, CV_8UC3, cv::Scalar::all(128));
    Noise noise{10};
    noise.gray = true;
    const cv::Mat noisy = degrade(clean, {"test", 1, "a", 64, 64, ChannelOrder::kBgr, {noise}}).bgr8;
    std::vector<cv::Mat> planes;
    cv::split(noisy, planes);
    EXPECT_TRUE(equal(planes[0], planes[1]) && equal(planes[1], planes[2]));
    cv::Scalar mean, deviation;
    cv::meanStdDev(planes[0], mean, deviation);
    EXPECT_NEAR(mean[0], 128, 0.8);  // standard error 0.16
    EXPECT_NEAR(deviation[0], 10, 0.6);
}

// Bicubic overshoots [0,1]; what follows must stand it.
TEST(Degrade, OvershootsAreClippedInTheEnd) {
    cv::Mat clean(40, 40, CV_8UC3, cv::Scalar::all(0));
    clean(cv::Rect(0, 0, 20, 40)).setTo(cv::Scalar(255, 0, 255));
    const Jitter jitter{{{JitterKind::kHue, 0.3}, {JitterKind::kSaturation, 3}, {JitterKind::kContrast, 2}}};
    const Enlarge bicubic{Interpolation::kBicubic, false};
    const Downsample down{2.5, 16, 16, Interpolation::kBicubic};
    const DegradationParameters parameters{"test", 1, "a", 40, 40, ChannelOrder::kBgr, {down, bicubic, jitter}};
    float least = 0;
    degrade(clean, parameters, {}, [&](std::string_view name, const cv::Mat& picture) {
        double lowest = 0;
        cv::minMaxLoc(picture.reshape(1), &lowest);
        if (name == "enlarged") least = static_cast<float>(lowest);
        EXPECT_TRUE(cv::checkRange(picture)) << name;
    });
    EXPECT_LT(least, 0);
}

TEST(Degrade, NoStepsGiveThePictureItself) {
    const cv::Mat clean = picture_of(33, 21);
    for (const auto channels : {ChannelOrder::kBgr, ChannelOrder::kRgb}) {
        EXPECT_TRUE(equal(degrade(clean, {"none", 1, "a", 33, 21, channels, {}}).bgr8, clean));
        EXPECT_TRUE(equal(degrade(clean, {"none", 1, "a", 33, 21, channels, {Round{}}}).bgr8, clean));
    }
}

TEST(Degrade, KernelsAddUpToOne) {
    for (const double sigma : {0.01, 0.1, 3.0, 1000.0}) {
        for (const int size : {1, 3, 41}) {
            const std::vector<double> kernel = gaussian_kernel({KernelType::kAniso, size, sigma, 2 * sigma, 0.7});
            EXPECT_NEAR(std::accumulate(kernel.begin(), kernel.end(), 0.0), 1, 1e-12) << sigma << " " << size;
        }
    }
}

// Mean and deviation of the noise that was added to a gray picture far from the clipping.
TEST(Degrade, NoiseHasTheSigmaThatIsRecorded) {
    const cv::Mat clean(256, 256, CV_8UC3, cv::Scalar::all(128));
    const DegradationParameters noisy{"test", 3, "a", 256, 256, ChannelOrder::kBgr, {Noise{10}}};
    cv::Mat seen;
    degrade(clean, noisy, {},
            [&](std::string_view, const cv::Mat& picture) { seen = picture * 255 - cv::Scalar::all(128); });
    cv::Scalar mean, deviation;
    cv::meanStdDev(seen, mean, deviation);
    for (int c = 0; c < 3; c++) {
        EXPECT_NEAR(mean[c], 0, 0.2);         // standard error 0.04
        EXPECT_NEAR(deviation[c], 10, 0.15);  // 0.03
    }
}

}  // namespace
}  // namespace bfr

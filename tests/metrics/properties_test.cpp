// What holds for every metric of pixels, whichever tool's convention it follows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <opencv2/core.hpp>
#include <thread>

#include "tests/metrics/support.h"

namespace bfr {
namespace {

using ::testing::HasSubstr;
using testing::picture;
using testing::score;
using testing::value;

const std::vector<std::string> kPsnr = {"psnr",
                                        "psnr:space=y",
                                        "psnr:crop=5",
                                        "psnr:convention=basicsr-pt",
                                        "psnr:convention=basicsr-pt,space=y",
                                        "psnr:convention=pyiqa",
                                        "psnr:convention=pyiqa,space=y",
                                        "psnr:convention=skimage",
                                        "psnr:convention=torchmetrics",
                                        "psnr:convention=vqfr",
                                        "psnr:convention=vqfr,space=y"};
const std::vector<std::string> kSsim = {"ssim",
                                        "ssim:space=y",
                                        "ssim:crop=5",
                                        "ssim:convention=pyiqa",
                                        "ssim:convention=pyiqa,space=rgb",
                                        "ssim:convention=pyiqa,downsample=true",
                                        "ssim:convention=skimage",
                                        "ssim:convention=skimage,window=gaussian",
                                        "ssim:convention=torchmetrics",
                                        "ssim:convention=vqfr",
                                        "ssim:convention=vqfr,space=y",
                                        "ms_ssim",
                                        "ms_ssim:space=rgb",
                                        "ms_ssim:convention=torchmetrics",
                                        "ms_ssim:convention=pytorch-msssim",
                                        "ms_ssim:convention=bfrbench"};

std::vector<std::string> all() {
    auto specs = kPsnr;
    specs.insert(specs.end(), kSsim.begin(), kSsim.end());
    return specs;
}
bool is_vqfr(const std::string& spec) { return spec.find("vqfr") != std::string::npos; }

std::string error_of(const std::string& spec, const Image& restored, const Image& reference) {
    try {
        score(spec, restored, reference);
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

class PixelMetric : public ::testing::TestWithParam<std::string> {};

TEST_P(PixelMetric, FallsWithNoise) {
    const auto reference = picture("a", 192, 208);
    double before = INFINITY;
    for (const double amount : {3, 8, 20, 50, 120}) {
        const double now = value(GetParam(), *testing::noisy(*reference, amount), *reference);
        EXPECT_LT(now, before) << "noise of " << amount;
        before = now;
    }
}

TEST_P(PixelMetric, IsSymmetricButForVqfr) {
    const auto a = picture("a", 192, 208), b = testing::noisy(*a, 30);
    const double forth = value(GetParam(), *b, *a), back = value(GetParam(), *a, *b);
    if (is_vqfr(GetParam())) {
        EXPECT_NE(forth, back) << "the restored picture alone is matched";
    } else {
        EXPECT_NEAR(forth, back, 1e-12 * std::abs(forth));
    }
}

TEST_P(PixelMetric, IsTheSameForMirroredPairs) {
    const auto a = picture("a", 192, 208), b = testing::noisy(*a, 30);
    const double whole = value(GetParam(), *b, *a);
    // The order of sums turns round; VQFR's steps round to single precision.
    const double tolerance = (is_vqfr(GetParam()) ? 1e-6 : 1e-11) * std::abs(whole);
    for (const int code : {0, 1})
        EXPECT_NEAR(value(GetParam(), *testing::flipped(*b, code), *testing::flipped(*a, code)), whole, tolerance);
}

TEST_P(PixelMetric, MemoAndThreadsChangeNothing) {
    const auto reference = picture("a", 192, 208), restored = testing::noisy(*reference, 30);
    const double first = value(GetParam(), *restored, *reference);
    EXPECT_EQ(value(GetParam(), *restored, *reference), first) << "with the reference's share at hand";
    EXPECT_EQ(value(GetParam(), *testing::fresh(*restored), *testing::fresh(*reference)), first);
    const auto unit = testing::metric(GetParam());
    const auto shared = testing::fresh(*reference);
    std::array<double, 4> found{};
    std::vector<std::thread> threads;
    for (double& one : found)
        threads.emplace_back([&] { one = *unit->score(*restored, shared.get()).values[0].value; });
    for (auto& thread : threads) thread.join();
    for (const double one : found) EXPECT_EQ(one, first);
}

TEST_P(PixelMetric, NeedsOneSize) {
    const std::string message = error_of(GetParam(), *picture("a", 200, 192), *picture("b", 192, 200));
    EXPECT_THAT(message, HasSubstr("200x192"));
    EXPECT_THAT(message, HasSubstr("192x200"));
}

TEST_P(PixelMetric, ConstantPicturesAreNoNaN) {
    const auto black = testing::constant(192, 192, 0), gray = testing::constant(192, 192, 90),
               other = picture("a", 192, 192);
    for (const auto& [restored, reference] :
         {std::pair{black, gray}, {gray, black}, {gray, other}, {other, gray}, {gray, gray}}) {
        const Score found = score(GetParam(), *restored, *reference);
        if (found.value) {
            EXPECT_TRUE(std::isfinite(*found.value));
        } else {
            EXPECT_THAT(found.reason, ::testing::AnyOf(HasSubstr("infinite"), HasSubstr("no contrast")));
        }
        EXPECT_FALSE(is_vqfr(GetParam()) && found.value) << "VQFR's matching divides by a deviation of 0";
    }
}

INSTANTIATE_TEST_SUITE_P(All, PixelMetric, ::testing::ValuesIn(all()));

TEST(Psnr, EqualPictures) {
    const auto a = picture("a", 40, 30), same = testing::fresh(*a);
    for (const auto& spec : kPsnr) {
        const Score found = score(spec, *same, *a);
        if (spec.find("basicsr-pt") != std::string::npos || spec.find("pyiqa") != std::string::npos) {
            EXPECT_NEAR(found.value.value(), 80, 1e-9) << spec;
        } else {
            EXPECT_FALSE(found.value) << spec;
            EXPECT_THAT(found.reason, HasSubstr("infinite")) << spec;
        }
    }
    EXPECT_EQ(score("psnr", *same, *a).reason, "infinite: the pictures are equal");
}

TEST(Psnr, OfAKnownDifference) {
    const auto a = testing::constant(16, 12, 100), b = testing::constant(16, 12, 105);
    EXPECT_NEAR(value("psnr", *b, *a), 20 * std::log10(255.0 / 5), 1e-12);
    EXPECT_NEAR(value("psnr:convention=torchmetrics", *b, *a), 20 * std::log10(255.0 / 5), 1e-12);
    EXPECT_NEAR(value("psnr:convention=basicsr-pt", *b, *a), -10 * std::log10(25 / 65025.0 + 1e-8), 1e-12);
    // Five levels of gray are 5 x 219 / 255 of Y in 16..235.
    EXPECT_NEAR(value("psnr:space=y", *b, *a), 20 * std::log10(255.0 / (5 * 219 / 255.0)), 1e-4);
    EXPECT_NEAR(value("psnr:convention=pyiqa,space=y", *b, *a), -10 * std::log10(25 / 65025.0 + 1e-8), 1e-4);
}

TEST(Ssim, EqualPicturesAreOne) {
    const auto a = picture("a", 192, 208), same = testing::fresh(*a);
    // VQFR's matching leaves single-precision rounding in the restored picture.
    for (const auto& spec : kSsim) EXPECT_NEAR(value(spec, *same, *a), 1, is_vqfr(spec) ? 1e-7 : 1e-12) << spec;
}

TEST(Ssim, VqfrForgivesBrightnessAndContrast) {
    const auto a = picture("a", 64, 64);
    cv::Mat dim = a->bgr8() / 2 + cv::Scalar::all(30);
    const auto b = Image::from_bgr8(dim, "dim");
    EXPECT_LT(value("psnr", *b, *a), 25);
    EXPECT_GT(value("psnr:convention=vqfr", *b, *a), 45);
    EXPECT_LT(value("ssim", *b, *a), 0.9);
    EXPECT_GT(value("ssim:convention=vqfr", *b, *a), 0.99);
}

TEST(PixelMetrics, CropIsScoringTheCroppedPictures) {
    const auto a = picture("a", 60, 50), b = testing::noisy(*a, 30);
    const auto small_a = testing::cropped(*a, 7), small_b = testing::cropped(*b, 7);
    for (const std::string base :
         {"psnr", "ssim", "psnr:space=y", "ssim:space=y", "psnr:convention=pyiqa", "ssim:convention=pyiqa",
          "ssim:convention=skimage", "ssim:convention=torchmetrics"}) {
        const std::string with = base + (base.find(':') == std::string::npos ? ":" : ",") + "crop=7";
        EXPECT_EQ(value(with, *b, *a), value(base, *small_b, *small_a)) << base;
    }
    // VQFR's script matches the whole picture and crops then.
    EXPECT_NE(value("psnr:convention=vqfr,crop=7", *b, *a), value("psnr:convention=vqfr", *small_b, *small_a));
    EXPECT_NE(value("ssim:crop=7", *b, *a), value("ssim", *b, *a))
        << "two crops of one reference don't share their statistics";
}

TEST(PixelMetrics, GrayIsThreeEqualChannels) {
    const auto a = picture("a", 192, 192);
    cv::Mat gray_a, gray_b;
    cv::extractChannel(a->bgr8(), gray_a, 1);
    cv::extractChannel(testing::noisy(*a, 30)->bgr8(), gray_b, 1);
    const auto three = [](const cv::Mat& gray) {
        cv::Mat merged;
        cv::merge(std::vector<cv::Mat>{gray, gray, gray}, merged);
        return Image::from_bgr8(merged, "gray");
    };
    const auto x = three(gray_b), y = three(gray_a);
    // pyiqa's Y of a gray picture is the gray.
    EXPECT_NEAR(value("ssim:convention=pyiqa", *x, *y), value("ssim:convention=pyiqa,space=rgb", *x, *y), 1e-12);
    EXPECT_NEAR(value("ms_ssim", *x, *y), value("ms_ssim:space=rgb", *x, *y), 1e-12);
}

TEST(PixelMetrics, SmallestPictures) {
    const auto side = [](const std::string& spec, int n) {
        const auto a = picture("a", n, n + 3);
        return error_of(spec, *testing::noisy(*a, 20), *a);
    };
    const std::pair<std::string, int> smallest[] = {{"psnr", 1},
                                                    {"psnr:crop=3", 7},
                                                    {"ssim", 11},
                                                    {"ssim:crop=3", 17},
                                                    {"ssim:convention=pyiqa", 11},
                                                    {"ssim:convention=pyiqa,downsample=true", 11},
                                                    {"ssim:convention=skimage", 7},
                                                    {"ssim:convention=skimage,window=gaussian", 11},
                                                    {"ssim:convention=torchmetrics", 6},
                                                    {"ssim:convention=vqfr", 11},
                                                    {"ms_ssim", 161},
                                                    {"ms_ssim:convention=torchmetrics", 176},
                                                    {"ms_ssim:convention=pytorch-msssim", 161},
                                                    {"ms_ssim:convention=bfrbench", 16}};
    for (const auto& [spec, n] : smallest) {
        EXPECT_EQ(side(spec, n), "no error") << spec << " " << n;
        if (n == 1) continue;
        const std::string message = side(spec, n - 1);
        EXPECT_THAT(message, HasSubstr("too small")) << spec;
        EXPECT_THAT(message, HasSubstr(spec + ":")) << "the metric is named";
        EXPECT_THAT(message, HasSubstr(fmt::format("{}x{}", n - 1, n + 2)));
    }
    EXPECT_THAT(side("ssim", 8), HasSubstr("at least 11 pixels"));
    EXPECT_THAT(side("ms_ssim", 8), HasSubstr("at least 161 pixels"));
    EXPECT_THAT(side("psnr:crop=4", 8), HasSubstr("less 4 pixels"));
}

}  // namespace
}  // namespace bfr

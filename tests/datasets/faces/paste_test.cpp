#include "datasets/faces/paste.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "datasets/faces/align.h"

namespace bfr {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

constexpr int kCrop = 64;
const cv::Scalar kPhotoColour(50, 60, 70), kFaceColour(200, 190, 180);

ImagePtr plain(cv::Size size, const cv::Scalar& colour) { return Image::from_bgr8({size, CV_8UC3, colour}, "plain"); }

// Waves of about 25 pixels and more: what sampling twice leaves nearly as it was.
ImagePtr waves(cv::Size size) {
    cv::Mat bgr(size, CV_8UC3);
    for (int y = 0; y < size.height; y++) {
        for (int x = 0; x < size.width; x++) {
            for (int c = 0; c < 3; c++) {
                bgr.at<cv::Vec3b>(y, x)[c] =
                    cv::saturate_cast<uchar>(128 + 90 * std::sin(0.25 * x + c) * std::cos(0.2 * y));
            }
        }
    }
    return Image::from_bgr8(bgr, "waves");
}

// A crop of kCrop pixels turned by `degrees`, of `scale` pixels of the photo each, its middle at (x, y).
cv::Matx23d placed(double x, double y, double scale, double degrees) {
    const double angle = degrees * std::numbers::pi / 180, c = scale * std::cos(angle), s = scale * std::sin(angle);
    const double middle = (kCrop - 1) / 2.0;
    return {c, -s, x - (c - s) * middle, s, c, y - (s + c) * middle};
}

ImagePtr pasted(const Image& photo, const ImagePtr& face, const cv::Matx23d& photo_from_crop, int upscale = 1) {
    const FaceToPaste one{face, photo_from_crop, kCrop};
    return paste_faces(photo, {&one, 1}, upscale);
}

// The crop as `bfr align` cuts it, pasted back as it is.
ImagePtr cut_and_pasted(const Image& photo, const cv::Matx23d& photo_from_crop, int upscale = 1) {
    return pasted(photo, warp_crop(photo, inverse(photo_from_crop), kCrop), photo_from_crop, upscale);
}

double largest_difference(const Image& a, const Image& b) {
    EXPECT_EQ(a.bgr8().size(), b.bgr8().size());
    return cv::norm(a.bgr8(), b.bgr8(), cv::NORM_INF);
}

cv::Vec3b at(const Image& image, int x, int y) { return image.bgr8().at<cv::Vec3b>(y, x); }
cv::Vec3b bytes(const cv::Scalar& colour) {
    return {static_cast<uchar>(colour[0]), static_cast<uchar>(colour[1]), static_cast<uchar>(colour[2])};
}

TEST(PasteWeight, RisesSmoothlyFromTheEdge) {
    EXPECT_EQ(paste_weight(-0.2), 0);
    EXPECT_EQ(paste_weight(0), 0);
    EXPECT_DOUBLE_EQ(paste_weight(kPasteFeather / 2), 0.5);
    EXPECT_EQ(paste_weight(kPasteFeather), 1);
    EXPECT_EQ(paste_weight(0.5), 1);
    constexpr double kStep = 1e-3;
    for (double p = 0; p < 0.5; p += kStep) {
        EXPECT_GE(paste_weight(p + kStep), paste_weight(p)) << p;
        EXPECT_LE(paste_weight(p + kStep) - paste_weight(p), 1.5 * kStep / kPasteFeather + 1e-12) << p;
        EXPECT_NEAR(paste_weight(1 - p), paste_weight(p), 1e-9) << p;
    }
    // No kink either, at both ends of the ramp.
    EXPECT_LE(paste_weight(kStep), 4e-4);
    EXPECT_GE(paste_weight(kPasteFeather - kStep), 1 - 4e-4);
}

TEST(Paste, OutsideTheCropThePhotoStaysAsItIs) {
    const auto photo = waves({200, 160});
    const cv::Matx23d photo_from_crop = placed(90, 80, 1.3, 25), crop_from_photo = inverse(photo_from_crop);
    const auto result = pasted(*photo, plain({kCrop, kCrop}, kFaceColour), photo_from_crop);
    int outside = 0, changed = 0;
    for (int y = 0; y < 160; y++) {
        for (int x = 0; x < 200; x++) {
            const cv::Vec2d p = crop_from_photo * cv::Vec3d(x, y, 1);
            if (std::min(p[0], p[1]) > -0.5 && std::max(p[0], p[1]) < kCrop - 0.5) {
                changed += at(*result, x, y) != at(*photo, x, y);
                continue;
            }
            outside++;
            ASSERT_EQ(at(*result, x, y), at(*photo, x, y)) << x << " " << y;
        }
    }
    EXPECT_GT(outside, 20000);
    EXPECT_GT(changed, 5000);
    EXPECT_EQ(at(*result, 90, 80), bytes(kFaceColour));
}

TEST(Paste, HasNoStepAlongTheMasksEdge) {
    const auto photo = plain({300, 300}, kPhotoColour);
    for (const double degrees : {0.0, 17.0, 45.0}) {
        const double scale = 3;
        const auto result = pasted(*photo, plain({kCrop, kCrop}, kFaceColour), placed(150, 150, scale, degrees));
        // Between neighbours: the ramp's steepest slope, on both axes at once in the corners, and rounding.
        const double ramp = kPasteFeather * kCrop * scale;
        const double limit = 150 * 1.5 / ramp * std::numbers::sqrt2 + 1;
        cv::Mat right, down;
        const cv::Mat& bgr = result->bgr8();
        cv::absdiff(bgr.colRange(1, 300), bgr.colRange(0, 299), right);
        cv::absdiff(bgr.rowRange(1, 300), bgr.rowRange(0, 299), down);
        EXPECT_LE(cv::norm(right, cv::NORM_INF), limit) << degrees;
        EXPECT_LE(cv::norm(down, cv::NORM_INF), limit) << degrees;
        EXPECT_EQ(at(*result, 150, 150), bytes(kFaceColour));
        EXPECT_EQ(at(*result, 0, 0), bytes(kPhotoColour));
    }
}

// Bilinear into the crop and bicubic out of it lose a little of waves of 25 pixels; nothing moves.
TEST(Paste, AFaceThatNothingRestoredGivesThePhotoAgain) {
    const auto photo = waves({200, 160});
    for (const double degrees : {0.0, 12.0, -70.0, 180.0}) {
        for (const double scale : {0.5, 0.8, 1.0, 1.4}) {
            EXPECT_LE(largest_difference(*cut_and_pasted(*photo, placed(97.3, 81.8, scale, degrees)), *photo), 5)
                << degrees << " " << scale;
        }
    }
    EXPECT_EQ(largest_difference(*cut_and_pasted(*photo, placed(96.5, 80.5, 1, 0)), *photo), 0);
}

TEST(Paste, AFaceThatLeavesTheFrameHasNoGreyRim) {
    const auto photo = plain({100, 90}, {12, 14, 16});  // dark, so that the crop's grey would show
    for (const auto& [x, y] : {std::pair{5.0, 45.3}, {99.0, 88.0}, {50.0, -20.0}}) {
        for (const double scale : {0.6, 1.2, 2.5}) {
            EXPECT_LE(largest_difference(*cut_and_pasted(*photo, placed(x, y, scale, 10)), *photo), 3)
                << x << " " << scale;
        }
    }
    const auto beyond = pasted(*photo, plain({kCrop, kCrop}, kFaceColour), placed(500, 500, 1, 0));
    EXPECT_EQ(largest_difference(*beyond, *photo), 0);
}

TEST(Paste, OverlappingFacesDontDependOnTheirOrder) {
    const auto photo = plain({220, 140}, kPhotoColour);
    const FaceToPaste left{plain({kCrop, kCrop}, {10, 10, 10}), placed(80, 70, 1.5, 8), kCrop};
    const FaceToPaste right{plain({kCrop, kCrop}, {250, 250, 250}), placed(130, 66, 1.5, -5), kCrop};
    const auto one = paste_faces(*photo, std::vector{left, right});
    EXPECT_EQ(largest_difference(*one, *paste_faces(*photo, std::vector{right, left})), 0);
    // Each has its own middle for itself, though the other's crop reaches over it.
    EXPECT_LE(at(*one, 80, 70)[0], 12);
    EXPECT_GE(at(*one, 130, 66)[0], 248);
    cv::Mat step;
    cv::absdiff(one->bgr8().colRange(1, 220), one->bgr8().colRange(0, 219), step);
    EXPECT_LE(cv::norm(step, cv::NORM_INF), 60);  // 240 levels over the ramp's 10 pixels at its steepest, and mixing
}

TEST(Paste, ATinyFaceIsAveragedNotPicked) {
    cv::Mat board(kCrop, kCrop, CV_8UC3);
    for (int y = 0; y < kCrop; y++) {
        for (int x = 0; x < kCrop; x++) {
            board.at<cv::Vec3b>(y, x) = (x + y) % 2 ? cv::Vec3b(255, 255, 255) : cv::Vec3b();
        }
    }
    const auto photo = plain({60, 60}, {128, 128, 128});
    const auto result = pasted(*photo, Image::from_bgr8(board, "board"), placed(30, 30, 0.2, 20));
    EXPECT_LE(largest_difference(*result, *photo), 16);
}

TEST(Paste, UpscalesPhotoAndPlaceTogether) {
    const auto photo = waves({120, 100});
    for (const int n : {2, 3}) {
        cv::Mat larger;
        cv::resize(photo->bgr8(), larger, {}, n, n, cv::INTER_CUBIC);
        const auto wanted = Image::from_bgr8(larger, "larger");
        const auto same = cut_and_pasted(*photo, placed(60, 50, 1.1, 15), n);
        EXPECT_LE(largest_difference(*same, *wanted), 5) << n;
        const auto other = pasted(*photo, plain({kCrop, kCrop}, kFaceColour), placed(60, 50, 0.5, 0), n);
        EXPECT_EQ(at(*other, 0, 0), at(*wanted, 0, 0));
        EXPECT_EQ(at(*other, 60 * n, 50 * n), bytes(kFaceColour));
    }
    const auto large = plain({9000, 1000}, kPhotoColour);
    EXPECT_THAT(
        [&] {
            pasted(*large, plain({kCrop, kCrop}, kFaceColour), placed(60, 50, 1, 0), 4);
        },
        ThrowsMessage<Error>(HasSubstr("upscaled 4 times")));
}

TEST(Paste, TakesAFaceOfAnotherSideThanItsCrop) {
    const auto photo = waves({200, 160});
    const cv::Matx23d photo_from_crop = placed(97, 81, 1.2, 30);
    const auto crop = warp_crop(*photo, inverse(photo_from_crop), kCrop);
    for (const double factor : {2.0, 0.75}) {
        cv::Mat face;
        cv::resize(crop->bgr8(), face, {}, factor, factor, factor > 1 ? cv::INTER_CUBIC : cv::INTER_AREA);
        EXPECT_LE(largest_difference(*pasted(*photo, Image::from_bgr8(face, "face"), photo_from_crop), *photo), 8)
            << factor;
    }
    EXPECT_THAT(
        [&] {
            pasted(*photo, plain({64, 32}, kFaceColour), photo_from_crop);
        },
        ThrowsMessage<Error>(HasSubstr("64x32")));
}

}  // namespace
}  // namespace bfr

#include <gtest/gtest.h>

#include "tests/restore/support.h"

namespace bfr::testing {
namespace {

TEST(OpencvBilateral, TakesNoiseAwayAndKeepsTheEdge) {
    const ImagePtr clean = synthetic("input", 64, 64, 0), noisy = synthetic("input", 64, 64, 20);
    const ImagePtr output = restored(*make_restorer("opencv-bilateral"), *noisy);
    EXPECT_LT(mean_abs_difference(*output, *clean), 0.8 * mean_abs_difference(*noisy, *clean));
}

TEST(OpencvBilateral, LeavesAFlatPictureAlone) {
    const ImagePtr flat = Image::from_bgr8(cv::Mat(40, 40, CV_8UC3, cv::Scalar(40, 120, 200)), "flat");
    EXPECT_EQ(restored(*make_restorer("opencv-bilateral"), *flat)->sha256(), flat->sha256());
}

// By the definition, in double precision: OpenCV's floats may land on the other side of a half.
TEST(OpencvBilateral, IsTheFilterOfItsPaper) {
    const ImagePtr input = synthetic("input", 24, 20, 20);
    const double sigma_color = 30, sigma_space = 2;
    const int radius = 2;
    const ImagePtr output = restored(*make_restorer("opencv-bilateral:d=5,sigma_color=30,sigma_space=2"), *input);
    const cv::Mat& picture = input->bgr8();
    for (int y = radius; y < picture.rows - radius; y++) {
        for (int x = radius; x < picture.cols - radius; x++) {
            const cv::Vec3b centre = picture.at<cv::Vec3b>(y, x);
            cv::Vec3d sum(0, 0, 0);
            double weights = 0;
            for (int dy = -radius; dy <= radius; dy++) {
                for (int dx = -radius; dx <= radius; dx++) {
                    if (dx * dx + dy * dy > radius * radius) continue;
                    const cv::Vec3b there = picture.at<cv::Vec3b>(y + dy, x + dx);
                    double apart = 0;
                    for (int c = 0; c < 3; c++) apart += std::abs(there[c] - centre[c]);
                    const double weight = std::exp(-apart * apart / (2 * sigma_color * sigma_color) -
                                                   (dx * dx + dy * dy) / (2 * sigma_space * sigma_space));
                    sum += weight * cv::Vec3d(there);
                    weights += weight;
                }
            }
            for (int c = 0; c < 3; c++) {
                ASSERT_NEAR(output->bgr8().at<cv::Vec3b>(y, x)[c], sum[c] / weights, 0.51) << x << " " << y;
            }
        }
    }
}

TEST(OpencvBilateral, EveryOptionMatters) {
    const ImagePtr noisy = synthetic("input", 64, 64, 20);
    const std::string plain = restored(*make_restorer("opencv-bilateral"), *noisy)->sha256();
    for (const char* spec :
         {"opencv-bilateral:d=5", "opencv-bilateral:sigma_color=20", "opencv-bilateral:sigma_space=1"}) {
        EXPECT_NE(restored(*make_restorer(spec), *noisy)->sha256(), plain) << spec;
    }
}

}  // namespace
}  // namespace bfr::testing

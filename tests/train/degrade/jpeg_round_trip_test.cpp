#include "train/degrade/jpeg_round_trip.h"

#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>

#include "tests/train/degrade/pictures.h"

namespace bfr::train {
namespace {

using testing::bgr_picture;
using testing::rgb_tensor;

at::Tensor by_libjpeg(const cv::Mat& bgr, int quality) {
    std::vector<unsigned char> file;
    cv::imencode(".jpg", bgr, file, {cv::IMWRITE_JPEG_QUALITY, quality});
    return rgb_tensor(cv::imdecode(file, cv::IMREAD_COLOR));
}

void expect_equal(const cv::Mat& bgr, int quality) {
    const at::Tensor ours = jpeg_round_trip(rgb_tensor(bgr), quality), theirs = by_libjpeg(bgr, quality);
    const auto off = testing::difference(ours, theirs);
    EXPECT_EQ(off.most, 0) << bgr.cols << "x" << bgr.rows << " quality " << quality << " mean " << off.mean;
}

TEST(JpegRoundTrip, EveryQualityIsLibjpegs) {
    for (int quality = 0; quality <= 100; quality++)
        expect_equal(bgr_picture("q" + std::to_string(quality), 64, 48), quality);
}

TEST(JpegRoundTrip, EverySizeIsLibjpegs) {
    for (int side = 1; side <= 40; side++) {
        expect_equal(bgr_picture("a", side, side), 75);
        expect_equal(bgr_picture("b", side, 41 - side), 60);
    }
    expect_equal(bgr_picture("c", 160, 160), 92);
    expect_equal(bgr_picture("d", 333, 17), 85);
}

// Full swings in every block: the largest coefficients that there are.
TEST(JpegRoundTrip, ExtremesAreLibjpegs) {
    for (const int step : {1, 2, 3, 5, 8}) {
        cv::Mat board(64, 64, CV_8UC3);
        for (int y = 0; y < 64; y++) {
            for (int x = 0; x < 64; x++) {
                const bool on = (x / step + y / step) % 2 == 0;
                board.at<cv::Vec3b>(y, x) = on ? cv::Vec3b(255, 0, 255) : cv::Vec3b(0, 255, 0);
            }
        }
        for (const int quality : {1, 10, 30, 60, 80, 100}) expect_equal(board, quality);
    }
}

}  // namespace
}  // namespace bfr::train

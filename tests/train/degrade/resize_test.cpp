#include "train/degrade/resize.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "tests/train/degrade/pictures.h"

namespace bfr::train {
namespace {

using testing::bgr_picture;
using testing::float_tensor;

constexpr std::pair<Interpolation, int> kInterpolations[] = {{Interpolation::kBilinear, cv::INTER_LINEAR},
                                                             {Interpolation::kArea, cv::INTER_AREA},
                                                             {Interpolation::kBicubic, cv::INTER_CUBIC},
                                                             {Interpolation::kNearest, cv::INTER_NEAREST}};

TEST(TensorResize, IsOpenCVs) {
    cv::Mat picture;
    bgr_picture("resize", 64, 48).convertTo(picture, CV_32F, 1 / 255.0);
    const at::Tensor tensor = float_tensor(picture);
    for (const auto& [ours, theirs] : kInterpolations) {
        for (const auto& size : std::vector<cv::Size>{{64, 48},
                                                      {32, 24},
                                                      {16, 12},
                                                      {8, 6},
                                                      {1, 1},
                                                      {2, 1},
                                                      {33, 25},
                                                      {63, 47},
                                                      {20, 15},
                                                      {7, 5},
                                                      {80, 60},
                                                      {128, 96},
                                                      {192, 144},
                                                      {101, 75},
                                                      {80, 20},
                                                      {20, 80}}) {
            cv::Mat wanted;
            cv::resize(picture, wanted, size, 0, 0, theirs);
            const auto off = testing::difference(resized(tensor, size.height, size.width, ours), float_tensor(wanted));
            // A few sums of numbers below 2, in another order where there is a fused multiply-add.
            EXPECT_LT(off.most, 1e-6) << static_cast<int>(ours) << " " << size;
        }
    }
}

TEST(TensorResize, FromFewPixels) {
    for (const auto& from : std::vector<cv::Size>{{1, 1}, {2, 1}, {2, 3}, {3, 3}}) {
        cv::Mat picture, wanted;
        bgr_picture("few", from.width, from.height).convertTo(picture, CV_32F, 1 / 255.0);
        for (const auto& [ours, theirs] : kInterpolations) {
            cv::resize(picture, wanted, {16, 12}, 0, 0, theirs);
            const auto off = testing::difference(resized(float_tensor(picture), 12, 16, ours), float_tensor(wanted));
            EXPECT_LT(off.most, 1e-6) << static_cast<int>(ours) << " " << from;
        }
    }
}

}  // namespace
}  // namespace bfr::train

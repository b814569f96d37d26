#include "datasets/faces/fan_frame.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "base/error.h"

namespace bfr {

namespace {

constexpr double kSide = 200;      // of the frame at scale 1, in pixels of the picture
constexpr double kBoxSides = 195;  // width and height of the box together at scale 1 (for dlib's boxes and S3FD's)
constexpr double kRaised = 0.12;   // how much higher the frame's middle lies, of the box's height
constexpr double kMostPixels = 1 << 26;

}  // namespace

FanFrame::FanFrame(const std::array<double, 4>& box) {
    const auto [left, top, right, bottom] = box;
    const double width = right - left, height = bottom - top;
    if (!(width + height > 0) || !std::isfinite(width + height))
        throw Error(fmt::format("a face's box of {}x{} pixels has no extent", width, height));
    centre = {right - width / 2, bottom - height / 2 - kRaised * height};
    scale = (width + height) / kBoxSides;
}

FanFrame::FanFrame(const FaceBox& box)
    : FanFrame(std::array<double, 4>{static_cast<double>(box.left), static_cast<double>(box.top),
                                     static_cast<double>(box.right), static_cast<double>(box.bottom)}) {}

FanFrame::ToMap FanFrame::to_map(int side) const {
    const double all = kSide * scale;
    return {side / all, {side * (0.5 - centre[0] / all), side * (0.5 - centre[1] / all)}};
}

std::array<int, 4> FanFrame::corners() const {
    // The package inverts a float32 matrix here.
    const ToMap map = to_map(kCropSide);
    const auto factor = static_cast<float>(map.factor);
    std::array<int, 4> found{};
    for (size_t i = 0; i < 4; i++) {
        const float at = i < 2 ? 1.0F : static_cast<float>(kCropSide);
        const float inverse = 1.0F / factor, shift = static_cast<float>(map.shift[i % 2]);
        const double place = std::trunc(static_cast<double>(inverse * at - shift * inverse));
        if (std::abs(place) > kMostPixels) throw Error("a face's frame lies too far from its picture");
        found[i] = static_cast<int>(place);
    }
    return found;
}

cv::Mat FanFrame::crop(const cv::Mat& picture) const {
    const auto [left, top, right, bottom] = corners();
    const int64_t width = int64_t{right} - left, height = int64_t{bottom} - top;
    if (width < 1 || height < 1 || static_cast<double>(width) * static_cast<double>(height) > kMostPixels)
        throw Error(fmt::format("a face's frame of {}x{} pixels can't be cut out", width, height));
    cv::Mat frame(static_cast<int>(height), static_cast<int>(width), picture.type(), cv::Scalar::all(0));
    const cv::Rect on_picture =
        cv::Rect(left, top, frame.cols, frame.rows) & cv::Rect(0, 0, picture.cols, picture.rows);
    if (!on_picture.empty()) picture(on_picture).copyTo(frame(on_picture - cv::Point(left, top)));
    cv::Mat crop;
    cv::resize(frame, crop, {kCropSide, kCropSide}, 0, 0, cv::INTER_LINEAR);
    return crop;
}

std::array<double, 2> FanFrame::on_picture(const std::array<double, 2>& on_map) const {
    const ToMap map = to_map(kMapSide);
    return {(on_map[0] - map.shift[0]) / map.factor, (on_map[1] - map.shift[1]) / map.factor};
}

std::array<double, 2> truncated(const std::array<double, 2>& point) {
    return {std::trunc(point[0]), std::trunc(point[1])};
}

}  // namespace bfr

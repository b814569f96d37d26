#include "datasets/faces/arcface_chip.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "base/error.h"

namespace bfr {

namespace {

std::array<double, 2> mean(const FacePoints& points, size_t begin, size_t end) {
    std::array<double, 2> sum{};
    for (size_t i = begin; i < end; i++) {
        sum[0] += points[i][0];
        sum[1] += points[i][1];
    }
    const auto n = static_cast<double>(end - begin);
    return {sum[0] / n, sum[1] / n};
}

}  // namespace

FivePoints arcface_template() {
    return {{{38.2946, 51.6963}, {73.5318, 51.5014}, {56.0252, 71.7366}, {41.5493, 92.3655}, {70.7299, 92.2041}}};
}

FivePoints arcface_points(const FacePoints& points68) {
    BFR_CHECK(points68.size() == 68, "68 points are wanted, not {}", points68.size());
    return {mean(points68, 36, 42), mean(points68, 42, 48), points68[30], points68[48], points68[54]};
}

std::optional<cv::Matx23d> nearest_similarity(const FivePoints& from, const FivePoints& to) {
    std::array<double, 2> from_mean{}, to_mean{};
    for (size_t i = 0; i < from.size(); i++) {
        for (size_t k = 0; k < 2; k++) {
            from_mean[k] += from[i][k] / 5;
            to_mean[k] += to[i][k] / 5;
        }
    }
    double along = 0, across = 0, spread = 0;  // as of complex numbers: to = (along + i across) / spread * from
    for (size_t i = 0; i < from.size(); i++) {
        const double x = from[i][0] - from_mean[0], y = from[i][1] - from_mean[1];
        const double u = to[i][0] - to_mean[0], v = to[i][1] - to_mean[1];
        along += x * u + y * v;
        across += x * v - y * u;
        spread += x * x + y * y;
    }
    if (!(spread > 1e-6) || !std::isfinite(spread)) return std::nullopt;
    const double a = along / spread, b = across / spread;
    if (a * a + b * b < 1e-12) return std::nullopt;
    return cv::Matx23d(a, -b, to_mean[0] - a * from_mean[0] + b * from_mean[1], b, a,
                       to_mean[1] - b * from_mean[0] - a * from_mean[1]);
}

std::optional<cv::Mat> arcface_chip(const cv::Mat& picture, const FacePoints& points68) {
    constexpr int kLargestWarpedSide = 32766;  // cv::warpAffine's coordinates are 16-bit
    if (std::max(picture.cols, picture.rows) > kLargestWarpedSide)
        throw Error(fmt::format("a picture of {}x{} pixels: a face is cut from at most {} a side", picture.cols,
                                picture.rows, kLargestWarpedSide));
    const auto matrix = nearest_similarity(arcface_points(points68), arcface_template());
    if (!matrix) return std::nullopt;
    cv::Mat chip;
    cv::warpAffine(picture, chip, *matrix, {kArcFaceSide, kArcFaceSide}, cv::INTER_LINEAR, cv::BORDER_CONSTANT);
    return chip;
}

}  // namespace bfr

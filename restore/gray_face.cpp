#include "restore/gray_face.h"

#include <array>
#include <cmath>
#include <opencv2/core.hpp>

namespace bfr {

namespace {

struct Style {
    double mean, deviation;
};

// Of each channel; variances are of whole pictures, not of samples of them.
template <class Value>
std::array<Style, 3> styles_of(const cv::Mat& picture, const Value& value) {
    std::array<double, 3> sums = {}, squares = {};
    for (int y = 0; y < picture.rows; y++) {
        for (int x = 0; x < picture.cols; x++) {
            for (int c = 0; c < 3; c++) {
                const double v = value(picture.at<cv::Vec3b>(y, x), c);
                sums[static_cast<size_t>(c)] += v;
                squares[static_cast<size_t>(c)] += v * v;
            }
        }
    }
    const double n = static_cast<double>(picture.total());
    std::array<Style, 3> styles;
    for (size_t c = 0; c < 3; c++) {
        const double mean = sums[c] / n;
        styles[c] = {mean, std::sqrt(squares[c] / n - mean * mean + 1e-5)};
    }
    return styles;
}

double gray(const cv::Vec3b& pixel) { return 0.2989 * pixel[2] + 0.5870 * pixel[1] + 0.1140 * pixel[0]; }

}  // namespace

bool is_gray_face(const cv::Mat& bgr8) {
    const auto styles = styles_of(bgr8, [](const cv::Vec3b& pixel, int c) {
        return static_cast<double>(pixel[c]) - static_cast<double>(pixel[(c + 1) % 3]);
    });
    double variance = 0;
    for (const auto& style : styles) variance += (style.deviation * style.deviation - 1e-5) / 3;
    return variance <= 10;
}

cv::Mat coloured_like(const cv::Mat& restored, const cv::Mat& face) {
    const Style own = styles_of(restored, [](const cv::Vec3b& pixel, int) { return gray(pixel); })[0];
    const auto wanted = styles_of(face, [](const cv::Vec3b& pixel, int c) { return static_cast<double>(pixel[c]); });
    cv::Mat result(restored.size(), CV_8UC3);
    for (int y = 0; y < restored.rows; y++) {
        for (int x = 0; x < restored.cols; x++) {
            const double normed = (gray(restored.at<cv::Vec3b>(y, x)) - own.mean) / own.deviation;
            for (int c = 0; c < 3; c++) {
                const auto& [mean, deviation] = wanted[static_cast<size_t>(c)];
                result.at<cv::Vec3b>(y, x)[c] = cv::saturate_cast<uchar>(normed * deviation + mean);
            }
        }
    }
    return result;
}

}  // namespace bfr

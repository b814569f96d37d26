#include "tests/metrics/support.h"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>

#include "tests/support/support.h"

namespace bfr::testing {

ImagePtr picture(const std::string& name, int width, int height) {
    const auto waves = hash_fill(name + "/waves", 12, 0, 1);
    const auto grain =
        hash_fill(name + "/grain", static_cast<size_t>(width) * static_cast<size_t>(height) * 3, -12, 12);
    cv::Mat bgr(height, width, CV_8UC3);
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            for (int c = 0; c < 3; c++) {
                const float* w = waves.data() + 4 * c;
                const double wave =
                    60 * std::sin(w[0] + (2 + 4 * w[1]) * x / 40.0) + 50 * std::cos(w[2] + (2 + 4 * w[3]) * y / 40.0);
                const size_t i = 3 * (static_cast<size_t>(y) * static_cast<size_t>(width) + static_cast<size_t>(x)) +
                                 static_cast<size_t>(c);
                bgr.ptr(y)[3 * x + c] = cv::saturate_cast<uchar>(128 + wave + grain[i]);
            }
        }
    }
    return Image::from_bgr8(bgr, name);
}

ImagePtr noisy(const Image& image, double amount) {
    cv::Mat bgr = image.bgr8().clone();
    const auto noise = hash_fill("noise", bgr.total() * 3, -1, 1);
    for (size_t i = 0; i < noise.size(); i++) bgr.data[i] = cv::saturate_cast<uchar>(bgr.data[i] + amount * noise[i]);
    return Image::from_bgr8(bgr, image.name() + " with noise");
}

ImagePtr constant(int width, int height, int level) {
    return Image::from_bgr8(cv::Mat(height, width, CV_8UC3, cv::Scalar::all(level)), "constant");
}

ImagePtr fresh(const Image& image) { return Image::from_bgr8(image.bgr8().clone(), image.name()); }

ImagePtr flipped(const Image& image, int code) {
    cv::Mat result;
    cv::flip(image.bgr8(), result, code);
    return Image::from_bgr8(result, image.name() + " flipped");
}

ImagePtr cropped(const Image& image, int border) {
    const cv::Rect inside(border, border, image.width() - 2 * border, image.height() - 2 * border);
    return Image::from_bgr8(image.bgr8()(inside).clone(), image.name() + " cropped");
}

std::unique_ptr<ImageMetric> metric(const std::string& spec, const UnitContext& context) {
    return metrics().make(Spec::parse(spec), context);
}

Score score(const std::string& spec, const Image& restored, const Image& reference) {
    return metric(spec)->score(restored, &reference).values.at(0);
}

double value(const std::string& spec, const Image& restored, const Image& reference) {
    const Score found = score(spec, restored, reference);
    if (!found.value) throw Error(spec + " has no value: " + found.reason);
    return *found.value;
}

}  // namespace bfr::testing

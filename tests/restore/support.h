// Synthetic pictures, and restorers made from a spec, for the tests of this folder.
#pragma once

#include <cmath>
#include <functional>
#include <memory>
#include <opencv2/core.hpp>
#include <string>
#include <string_view>

#include "restore/restorer.h"
#include "tests/support/support.h"

namespace bfr::testing {

// Smooth gradients with an edge, and noise of `noise` levels at most, of the picture's name.
inline ImagePtr synthetic(const std::string& name, int width, int height, float noise) {
    const auto values = hash_fill(name, static_cast<size_t>(width) * height * 3, -noise, noise);
    cv::Mat bgr(height, width, CV_8UC3);
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            for (int c = 0; c < 3; c++) {
                const double clean = 60.0 + 40.0 * c + 30.0 * std::sin(0.1 * x + c) + (x > y ? 50 : 0);
                const auto i = (static_cast<size_t>(y) * width + x) * 3 + c;
                bgr.at<cv::Vec3b>(y, x)[c] = cv::saturate_cast<uchar>(clean + static_cast<double>(values[i]));
            }
        }
    }
    return Image::from_bgr8(bgr, name);
}

inline std::unique_ptr<Restorer> make_restorer(std::string_view spec) {
    const UnitContext context;
    return restorers().make(Spec::parse(spec), context);
}

// What lets a unit run programs and load code.
inline UnitContext allowed_context(const std::string& device = "cpu") {
    UnitContext context;
    context.device = device;
    context.allow_commands = true;
    return context;
}

inline ImagePtr restored(const Restorer& restorer, const Image& image, const std::string& id = "a", uint64_t seed = 1) {
    return restorer.restore({image, id, seed}).image;
}

inline double mean_abs_difference(const Image& a, const Image& b) {
    return cv::norm(a.bgr8(), b.bgr8(), cv::NORM_L1) / (3.0 * a.width() * a.height());
}

// What a call throws, as text; empty where it throws no Exception.
template <class Exception>
std::string message_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const Exception& error) {
        return error.what();
    }
    return {};
}

}  // namespace bfr::testing

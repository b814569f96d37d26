// Pictures between OpenCV and tensors.
#pragma once

#include <ATen/ATen.h>

#include <cmath>
#include <opencv2/core.hpp>
#include <string>

#include "tests/support/support.h"

namespace bfr::testing {

// Waves, edges and noise, another picture for each name.
inline cv::Mat bgr_picture(const std::string& name, int width, int height) {
    cv::Mat bgr(height, width, CV_8UC3);
    const auto noise = hash_fill(name, bgr.total() * 3, -20, 20), wave = hash_fill(name + "/wave", 6, 0.02f, 0.4f);
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            for (int c = 0; c < 3; c++) {
                const auto i = static_cast<size_t>((y * width + x) * 3 + c), k = static_cast<size_t>(c);
                const float edge = (x / 9 + y / 7 + c) % 3 == 0 ? 50.0f : 0.0f;
                const float value =
                    120 + 90 * std::sin(wave[k] * static_cast<float>(x) + wave[k + 3] * static_cast<float>(y)) + edge +
                    noise[i];
                bgr.at<cv::Vec3b>(y, x)[c] = cv::saturate_cast<unsigned char>(value);
            }
        }
    }
    return bgr;
}

// uint8 (3, H, W), RGB, of CV_8UC3 in BGR.
inline at::Tensor rgb_tensor(const cv::Mat& bgr) {
    const cv::Mat dense = bgr.clone();
    return at::from_blob(dense.data, {dense.rows, dense.cols, 3}, at::kByte).permute({2, 0, 1}).flip(0).clone();
}

// float32 (C, H, W) of CV_32F with C channels, in their order.
inline at::Tensor float_tensor(const cv::Mat& picture) {
    const cv::Mat dense = picture.clone();
    return at::from_blob(dense.data, {dense.rows, dense.cols, dense.channels()}, at::kFloat).permute({2, 0, 1}).clone();
}

struct Difference {
    double mean = 0, most = 0;
};
inline Difference difference(const at::Tensor& a, const at::Tensor& b) {
    const at::Tensor off = (a.to(at::kDouble) - b.to(at::kDouble)).abs();
    return {off.mean().item<double>(), off.max().item<double>()};
}

}  // namespace bfr::testing

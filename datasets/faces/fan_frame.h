// Where face_alignment cuts a face out of a picture for its landmark network, and where the points that it finds there
// lie on the picture. Source: 1adrianb/face-alignment at 608505f, face_alignment/api.py and utils.py (crop, transform,
// transform_np); the same from version 1.3.5 on.
#pragma once

#include <array>
#include <opencv2/core/mat.hpp>

#include "datasets/faces/models.h"

namespace bfr {

struct FanFrame {
    static constexpr int kCropSide = 256, kMapSide = 64;

    // Of a face's box, corners as given: left, top, right, bottom. Throws Error where the box has no extent.
    explicit FanFrame(const std::array<double, 4>& box);
    explicit FanFrame(const FaceBox& box);

    std::array<double, 2> centre;
    double scale;

    // From the picture's pixels to a square map's: x' = factor x + shift[0], y' = factor y + shift[1].
    struct ToMap {
        double factor;
        std::array<double, 2> shift;
    };
    ToMap to_map(int side) const;

    // The crop's corners on the picture, whole pixels as the package truncates them: left, top, right, bottom.
    std::array<int, 4> corners() const;
    // 256x256, as the network takes it but for its colours' scale: CV_8UC3 of the picture's own channel order. What
    // lies outside the picture is black. Throws Error for a frame of more than 2^26 pixels, or none.
    cv::Mat crop(const cv::Mat& picture) const;

    // A point on a 64x64 map on the picture: exactly, or truncated towards zero as the package gives it.
    std::array<double, 2> on_picture(const std::array<double, 2>& on_map) const;
};
std::array<double, 2> truncated(const std::array<double, 2>& point);

}  // namespace bfr

// FFHQ's own alignment: a turned square from 68 points, cut out of the photograph. As CodeFormer b33cc7d,
// scripts/crop_align_face.py, which is NVlabs' recipe (ffhq-dataset, download_ffhq.py) without padding by reflection.
#pragma once

#include <array>
#include <opencv2/core/mat.hpp>
#include <opencv2/core/matx.hpp>
#include <optional>

#include "datasets/faces/models.h"

namespace bfr {

struct QuadAlignment {
    // Left top, left bottom, right bottom, right top; pixels of the photo, pixel centres at integers.
    using Corners = std::array<std::array<double, 2>, 4>;
    Corners quad;
    double side = 0;              // of the square, pixels of the photo
    int shrink = 0;               // the photo is made so many times smaller before it is cut, if over 1
    cv::Size shrunk;              // its size then
    int border = 0;               // pixels of the shrunk photo, around the square's box
    cv::Rect crop;                // of the shrunk photo: what is looked at
    Corners quad_in_crop;         // the square in it, as the authors place it: quad / shrink - the crop's corner
    cv::Matx23d photo_from_crop;  // where the aligned picture's pixels come from, pixel centres at integers
};

// The square's middle lies a tenth of the way from the eyes to the mouth, its axis along the eyes (and across the line
// from eyes to mouth), its half side is the larger of 2 eye distances and 1.8 eye-to-mouth distances. `points`: 68, of
// a photo of width x height; `size`: side of the aligned picture. None where the points fix no square in the photo.
std::optional<QuadAlignment> quad_alignment(const FacePoints& points, int width, int height, int size);

// Pillow's arithmetic: shrunk by LANCZOS, cut; sampled bilinearly at 4096x4096, truncated to 8 bit, black outside; then
// LANCZOS to size x size. `bgr8`: CV_8UC3, the whole photo. Equal to Pillow's picture bit for bit where the corners
// are.
cv::Mat quad_crop(const cv::Mat& bgr8, const QuadAlignment& alignment, int size);

}  // namespace bfr

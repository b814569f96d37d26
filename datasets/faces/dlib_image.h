// A picture as dlib's functions take it.
#pragma once

#include <dlib/matrix.h>
#include <dlib/pixel.h>

#include <opencv2/core/mat.hpp>

#include "datasets/image.h"

namespace bfr {

using DlibImage = dlib::matrix<dlib::rgb_pixel>;

DlibImage to_dlib_image(const cv::Mat& bgr8);
// Converted once a picture, kept in its memo.
const DlibImage& dlib_image(const Image& image);

}  // namespace bfr

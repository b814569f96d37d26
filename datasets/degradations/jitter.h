#pragma once

#include <opencv2/core/mat.hpp>

#include "datasets/degradations/parameters.h"

namespace bfr {

// torchvision.transforms.functional's adjust_brightness, adjust_contrast, adjust_saturation and adjust_hue on a float
// tensor, in the given order and in place. `picture`: CV_32FC3, values in [0,1], channels in `order`.
void apply_jitter(cv::Mat& picture, const Jitter& jitter, ChannelOrder order);

}  // namespace bfr

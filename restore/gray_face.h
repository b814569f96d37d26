// What CodeFormer's program does with a face that has no colours (sczhou/CodeFormer at b33cc7d, facelib/utils/misc.py:
// is_gray, bgr2gray, adain_npy).
#pragma once

#include <opencv2/core/mat.hpp>

namespace bfr {

// 8-bit BGR: whether the variance of the difference of two channels, the mean of all three pairs, is 10 at most.
bool is_gray_face(const cv::Mat& bgr8);

// 0.2989 R + 0.587 G + 0.114 B of `restored` in each channel, brought to mean and deviation (with 1e-5 added to the
// variances) of `face`'s channel; rounded, halves to even, and cut to 8 bits.
cv::Mat coloured_like(const cv::Mat& restored, const cv::Mat& face);

}  // namespace bfr

// A clean picture and parameters make a degraded picture: the same on every run and with any number of threads.
#pragma once

#include <functional>
#include <opencv2/core/mat.hpp>
#include <span>
#include <string_view>

#include "datasets/degradations/parameters.h"

namespace bfr {

// Fills the standard normal numbers of one noise step: one a value, or a pixel where the noise is gray.
using NoiseSource = std::function<void(const Noise& noise, std::span<float> values)>;

// Called with each intermediate picture, in the parameters' channel order: "blurred", "hazed", "resized", "noisy",
// "noisy8" (8 bit), "jpeg_file" (the file's bytes, 1xN), "jpeg" (8 bit), "enlarged", "shifted", "rounded", "gray",
// "gray_reference", "jittered", "translated", "uneven". CV_32FC3 where nothing else is said; valid during the call.
using StepObserver = std::function<void(std::string_view name, const cv::Mat& picture)>;

// A picture on its way through the steps.
struct Degrading {
    ChannelOrder channels;
    cv::Mat clean8;     // CV_8UC3, the clean picture
    cv::Mat picture;    // CV_32FC3, about [0,1]
    cv::Mat reference;  // CV_32FC3, what the clean picture became where a step changed it; else empty
    cv::Mat kept;       // CV_32FC3, the picture that Aside put aside
};

// `bgr8`: CV_8UC3.
Degrading begin_degrading(const cv::Mat& bgr8, ChannelOrder channels);
void apply_step(const Step& step, Degrading& state, const NoiseSource& noise, const StepObserver& observer = {});

struct DegradedPicture {
    cv::Mat bgr8;            // CV_8UC3
    cv::Mat reference_bgr8;  // CV_8UC3, or empty: the clean picture itself is the reference
};
DegradedPicture finish_degrading(const Degrading& state);  // 255 x, half to even, clipped

// The three above in a row. Without `noise` the parameters' own draws are used. Throws UsageError for parameters that
// check_parameters refuses, Error for a picture of another size than theirs.
DegradedPicture degrade(const cv::Mat& bgr8, const DegradationParameters& parameters, const NoiseSource& noise = {},
                        const StepObserver& observer = {});

}  // namespace bfr

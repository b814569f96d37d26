#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "datasets/degradations/parameters.h"

namespace bfr::train {

// One axis of a resize: output i is the sum over k of weight[k][i] x input[index[k][i]].
struct ResizeTaps {
    std::vector<std::vector<int64_t>> index;
    std::vector<std::vector<float>> weight;
};

// cv::resize's arithmetic for float pictures (OpenCV 4.6, imgproc/src/resize.cpp), `from` to `to` pixels. `shrinks`: no
// axis of the picture gets longer, which decides what kArea means.
ResizeTaps resize_taps(Interpolation interpolation, int64_t from, int64_t to, bool shrinks);

// float32 (C, H, W) to (C, height, width), across first, then down.
at::Tensor resized(const at::Tensor& picture, int64_t height, int64_t width, Interpolation interpolation);

}  // namespace bfr::train

// A picture as FID's Inception is shown it.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <string_view>

#include "datasets/image.h"
#include "metrics/kernels/resample.h"

namespace bfr {

struct InceptionInput {
    Resizer resizer = Resizer::kTorchBilinear;
    bool minus_128 = false;  // (x - 128) / 128 of 0..255, as TensorFlow's graph; else 2x - 1 of 0..1
    bool bgr = false;        // channels in the wrong order, as BFRBench's script has them
};
// "torch-bilinear to 299, 2x - 1"
std::string to_string(const InceptionInput& input);

// (1, 3, 299, 299) RGB, or BGR where that is wanted. Pillow's bicubic is cut to 0..255 and not rounded, as clean-fid
// does.
at::Tensor inception_input(const Image& image, const InceptionInput& input);

}  // namespace bfr

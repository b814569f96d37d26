// Convolutions of each channel by a filter of its own. Pictures are channels-last: (H, W, channels).
#pragma once

#include "nets/kernels/conv_io.h"

namespace bfr::nets {

struct DepthwiseShape {
    int64_t height, width, channels;
    int64_t out_height, out_width;
    int64_t kernel, stride;
    int64_t before;  // pixels of zeros above and to the left
};

// Rows [begin, end) of the result. weights: (kernel * kernel, channels rounded up to whole Lanes).
void depthwise_rows(const DepthwiseShape& shape, const float* picture, const float* weights, int64_t begin, int64_t end,
                    const ConvOutput& to);

}  // namespace bfr::nets

// Convolutions of any kernel and stride as one matrix product for each tap. Pictures are channels-last: (H, W,
// channels).
#pragma once

#include <vector>

#include "nets/kernels/conv_io.h"

namespace bfr::nets {

// A tap that has a part in the result: output (y, x) takes input (stride y + dy, stride x + dx).
struct Tap {
    int64_t index;  // among the panel's taps
    int64_t dy, dx;
};

struct DirectShape {
    int64_t height, width, in;           // of the input
    int64_t out_height, out_width, out;  // of the result
    int64_t stride;
    int64_t taps;  // in the weights: a panel is (taps, in, columns)
};

// Floats of scratch for `pixels` output pixels and `columns` of their channels.
int64_t direct_scratch(const DirectShape& shape, int64_t pixels, int64_t columns);

// Output pixels [begin, end), and of their channels [first, last); both are multiples of a panel's columns, or `last`
// is the number of channels rounded up to whole Lanes.
void direct_pixels(const DirectShape& shape, const std::vector<Tap>& taps, const ConvInput& from, const float* weights,
                   int64_t begin, int64_t end, int64_t first, int64_t last, const ConvOutput& to, float* scratch);

}  // namespace bfr::nets

// Where the convolution kernels read and write, and what they do with a picture before. Pictures are channels-last:
// (height, width, channels).
#pragma once

#include "nets/kernels/epilogue.h"

namespace bfr::nets {

struct ConvInput {
    const float* picture;
    const float* scale = nullptr;  // a value for each channel: what the picture is multiplied by
    const float* shift = nullptr;  // the same: what is added then; the border around the picture stays zero
    bool relu = false;             // what is then below zero becomes zero
};

struct ConvOutput {
    float* picture;
    int64_t channels;  // of the picture
    int64_t first;     // the convolution's first one among them
    const Epilogue<>& with;
};

}  // namespace bfr::nets

// Where the convolution kernels read and write, and what they do with a picture before and with their sums after.
// Pictures are channels-last: (height, width, channels).
#pragma once

#include <vector>

#include "nets/kernels/lanes.h"

namespace bfr::nets {

struct ConvInput {
    const float* picture;
    const float* scale = nullptr;  // a value for each channel: what the picture is multiplied by
    const float* shift = nullptr;  // the same: what is added then; the border around the picture stays zero
    bool relu = false;             // what is then below zero becomes zero
};

// Arrays over output channels have a whole number of Lanes; null pointers have no part in it.
// out = act(act1(sum scale + first_bias) + bias + noise_weight noise) + add[0] + ..., act1(v) = sqrt(2) lrelu(v, 0.2)
// where there is a first_bias; act(v) = gain * (v > 0 ? v : slope v) where there is a slope.
struct Epilogue {
    const float* scale = nullptr;
    const float* first_bias = nullptr;
    const float* bias = nullptr;
    const float* noise = nullptr;  // a value for each pixel
    float noise_weight = 0;
    const float* slope = nullptr;
    float gain = 1;
    std::vector<const float*> add = {};  // pictures of the result's height and width
    int64_t add_channels = 0;
};

struct ConvOutput {
    float* picture;
    int64_t channels;  // of the picture
    int64_t first;     // the convolution's first one among them
    const Epilogue& with;
};

// `count` channels from `channel` on, of pixel `pixel`, in place.
BFR_INLINE void apply(const Epilogue& with, Lanes& v, int64_t channel, int64_t count, int64_t pixel) {
    constexpr float kSqrt2 = 1.41421356237309504880F;
    const auto at = [&](const float* values) -> const Lanes& {
        return *reinterpret_cast<const Lanes*>(values + channel);
    };
    const Lanes zero = {};
    if (with.scale) v *= at(with.scale);
    if (with.first_bias) {
        v += at(with.first_bias);
        v = kSqrt2 * (v > zero ? v : 0.2F * v);
    }
    if (with.bias) v += at(with.bias);
    if (with.noise) v += with.noise_weight * with.noise[pixel];
    if (with.slope) v = with.gain * (v > zero ? v : at(with.slope) * v);
    for (const float* other : with.add) {
        Lanes more;
        load(more, other + pixel * with.add_channels + channel, count);
        v += more;
    }
}

}  // namespace bfr::nets

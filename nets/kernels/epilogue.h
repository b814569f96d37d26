// What a layer ends with, on plain memory: the convolution kernels do it to their sums, and a row of a picture goes
// through it forward and back. Pictures are channels-last: (height, width, channels).
#pragma once

#include <vector>

#include "nets/kernels/lanes.h"

namespace bfr::nets {

inline constexpr float kLeak = 0.2F, kLeakGain = 1.41421356237309504880F;

// Arrays over channels have a whole number of Lanes; null pointers have no part in it. T: of what is added, float or
// BFloat16Bits.
// out = act(act1(x scale + first_bias) + bias + noise_weight noise) + add[0] + ..., act1(v) = sqrt(2) lrelu(v, 0.2)
// where there is a first_bias; act(v) = gain * (v > 0 ? v : slope v) where there is a slope.
template <class T = float>
struct Epilogue {
    const float* scale = nullptr;
    const float* first_bias = nullptr;
    const float* bias = nullptr;
    const float* noise = nullptr;  // a value for each pixel
    float noise_weight = 0;
    const float* slope = nullptr;
    float gain = 1;
    std::vector<const T*> add = {};  // pictures of the result's height and width
    int64_t add_channels = 0;
};

BFR_INLINE const Lanes& lanes_at(const float* values, int64_t channel) {
    return *reinterpret_cast<const Lanes*>(values + channel);
}

// `slope`: a number, or Lanes.
template <class Slope>
BFR_INLINE void activate(Lanes& v, const Slope& slope, float gain) {
    v = gain * (v > Lanes{} ? v : slope * v);
}

// From x to what the last activation gets; `first`: what the one after first_bias got, where there is one.
template <class T>
BFR_INLINE void before_activation(const Epilogue<T>& with, Lanes& v, Lanes& first, int64_t channel, int64_t pixel) {
    if (with.scale) v *= lanes_at(with.scale, channel);
    if (with.first_bias) {
        v += lanes_at(with.first_bias, channel);
        first = v;
        activate(v, kLeak, kLeakGain);
    }
    if (with.bias) v += lanes_at(with.bias, channel);
    if (with.noise) v += with.noise_weight * with.noise[pixel];
}

// `count` channels from `channel` on, of pixel `pixel`, in place.
template <class T>
BFR_INLINE void apply(const Epilogue<T>& with, Lanes& v, int64_t channel, int64_t count, int64_t pixel) {
    Lanes more = {};
    before_activation(with, v, more, channel, pixel);
    if (with.slope) activate(v, lanes_at(with.slope, channel), with.gain);
    for (const T* other : with.add) {
        load(more, other + pixel * with.add_channels + channel, count);
        v += more;
    }
}

struct PictureRow {
    int64_t pixel;  // its first one in the picture
    int64_t width, channels;
    int64_t pitch = 0;  // from a pixel of the result to the next, where that isn't `channels`
};

// `to` may be `from`, where both have the same pitch.
void apply_to_row(const Epilogue<float>& with, const PictureRow& row, const float* from, float* to);
void apply_to_row(const Epilogue<BFloat16Bits>& with, const PictureRow& row, const BFloat16Bits* from,
                  BFloat16Bits* to);

// What is added up over a row's pixels, each of `channels` up to a whole number of Lanes, but for noise_weight's one
// number. Null where it isn't wanted.
struct RowSums {
    float *scale, *first_bias, *bias, *noise_weight;
};

// `from`: what apply_to_row() got; `gradient`: the result's; `to`: becomes that of `from`. Adds the parameters' own to
// `sums`.
void gradient_of_row(const Epilogue<float>& with, const PictureRow& row, const float* from, const float* gradient,
                     float* to, const RowSums& sums);
void gradient_of_row(const Epilogue<BFloat16Bits>& with, const PictureRow& row, const BFloat16Bits* from,
                     const BFloat16Bits* gradient, BFloat16Bits* to, const RowSums& sums);

}  // namespace bfr::nets

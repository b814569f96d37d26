#include "nets/kernels/epilogue.h"

#include <algorithm>

namespace bfr::nets {

namespace {

template <class T>
BFR_INLINE void apply_to(const Epilogue<T>& with, const PictureRow& row, const T* from, T* to) {
    const int64_t pitch = row.pitch > 0 ? row.pitch : row.channels;
    for (int64_t x = 0; x < row.width; x++) {
        for (int64_t c = 0; c < row.channels; c += kLanes) {
            const int64_t count = std::min(kLanes, row.channels - c);
            Lanes v;
            load(v, from + x * row.channels + c, count);
            apply(with, v, c, count, row.pixel + x);
            store(to + x * pitch + c, v, count);
        }
    }
}

// `v`: what the activation got.
template <class Slope>
BFR_INLINE void back_through_activation(Lanes& gradient, const Lanes& v, const Slope& slope, float gain) {
    gradient = gain * (v > Lanes{} ? gradient : slope * gradient);
}

BFR_INLINE void add(float* to, int64_t channel, const Lanes& more) {
    if (to) *reinterpret_cast<Lanes*>(to + channel) += more;
}

template <class T>
BFR_INLINE void gradient_of(const Epilogue<T>& with, const PictureRow& row, const T* from, const T* gradient, T* to,
                            const RowSums& sums) {
    Lanes of_weight = {};
    for (int64_t x = 0; x < row.width; x++) {
        for (int64_t c = 0; c < row.channels; c += kLanes) {
            const int64_t at = x * row.channels + c, count = std::min(kLanes, row.channels - c), pixel = row.pixel + x;
            Lanes given, last, first = {}, g;
            load(given, from + at, count);
            load(g, gradient + at, count);
            last = given;
            before_activation(with, last, first, c, pixel);
            if (with.slope) back_through_activation(g, last, lanes_at(with.slope, c), with.gain);
            add(sums.bias, c, g);
            if (sums.noise_weight) of_weight += g * with.noise[pixel];
            if (with.first_bias) back_through_activation(g, first, kLeak, kLeakGain);
            add(sums.first_bias, c, g);
            if (sums.scale) add(sums.scale, c, g * given);
            if (with.scale) g *= lanes_at(with.scale, c);
            store(to + at, g, count);
        }
    }
    if (!sums.noise_weight) return;
    for (int64_t i = 0; i < kLanes; i++) *sums.noise_weight += of_weight[i];
}

}  // namespace

BFR_TARGET_CLONES void apply_to_row(const Epilogue<float>& with, const PictureRow& row, const float* from, float* to) {
    apply_to(with, row, from, to);
}

BFR_TARGET_CLONES void apply_to_row(const Epilogue<BFloat16Bits>& with, const PictureRow& row, const BFloat16Bits* from,
                                    BFloat16Bits* to) {
    apply_to(with, row, from, to);
}

BFR_TARGET_CLONES void gradient_of_row(const Epilogue<float>& with, const PictureRow& row, const float* from,
                                       const float* gradient, float* to, const RowSums& sums) {
    gradient_of(with, row, from, gradient, to, sums);
}

BFR_TARGET_CLONES void gradient_of_row(const Epilogue<BFloat16Bits>& with, const PictureRow& row,
                                       const BFloat16Bits* from, const BFloat16Bits* gradient, BFloat16Bits* to,
                                       const RowSums& sums) {
    gradient_of(with, row, from, gradient, to, sums);
}

}  // namespace bfr::nets

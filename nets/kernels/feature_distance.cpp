#include "nets/kernels/feature_distance.h"

#include <algorithm>
#include <cmath>

#include "nets/kernels/lanes.h"

namespace bfr::nets {

namespace {

constexpr int64_t kHalf = kLanes / 2;
typedef float HalfLanes __attribute__((vector_size(32), aligned(4), may_alias));
typedef double Doubles __attribute__((vector_size(64), aligned(8), may_alias));

BFR_INLINE void halves(const Lanes& v, HalfLanes& low, HalfLanes& high) {
    std::memcpy(&low, &v, sizeof(low));
    std::memcpy(&high, reinterpret_cast<const char*>(&v) + sizeof(low), sizeof(high));
}

BFR_INLINE float sum(const Lanes& v) {
    HalfLanes low, high;
    halves(v, low, high);
    low += high;
    return ((low[0] + low[4]) + (low[1] + low[5])) + ((low[2] + low[6]) + (low[3] + low[7]));
}

BFR_INLINE void widen(const Lanes& v, Doubles& low, Doubles& high) {
    HalfLanes first, second;
    halves(v, first, second);
    low = __builtin_convertvector(first, Doubles);
    high = __builtin_convertvector(second, Doubles);
}

BFR_INLINE double sum(const Doubles& v) { return ((v[0] + v[4]) + (v[1] + v[5])) + ((v[2] + v[6]) + (v[3] + v[7])); }

}  // namespace

BFR_TARGET_CLONES double normalised_distance(const float* a, const float* b, int64_t pixels, int64_t channels,
                                             const float* weights) {
    Doubles low_sum = {}, high_sum = {};
    for (int64_t pixel = 0; pixel < pixels; pixel++, a += channels, b += channels) {
        Lanes aa = {}, bb = {};
        for (int64_t c = 0; c < channels; c += kLanes) {
            const int64_t count = std::min(kLanes, channels - c);
            Lanes x, y;
            load(x, a + c, count);
            load(y, b + c, count);
            aa += x * x;
            bb += y * y;
        }
        const float by_a = 1 / (std::sqrt(sum(aa)) + 1e-10F), by_b = 1 / (std::sqrt(sum(bb)) + 1e-10F);
        Lanes distance = {};
        for (int64_t c = 0; c < channels; c += kLanes) {
            const int64_t count = std::min(kLanes, channels - c);
            Lanes x, y;
            load(x, a + c, count);
            load(y, b + c, count);
            const Lanes difference = x * by_a - y * by_b;
            distance += *reinterpret_cast<const Lanes*>(weights + c) * (difference * difference);
        }
        Doubles low, high;
        widen(distance, low, high);
        low_sum += low;
        high_sum += high;
    }
    return sum(low_sum) + sum(high_sum);
}

BFR_TARGET_CLONES void add_moments(const float* a, const float* b, int64_t pixels, int64_t channels, Moments* moments) {
    for (int64_t c = 0; c < channels; c += kLanes) {
        const int64_t count = std::min(kLanes, channels - c);
        Doubles sums[5][2] = {};
        for (int64_t pixel = 0; pixel < pixels; pixel++) {
            Lanes x, y;
            load(x, a + pixel * channels + c, count);
            load(y, b + pixel * channels + c, count);
            Doubles wide_x[2], wide_y[2];
            widen(x, wide_x[0], wide_x[1]);
            widen(y, wide_y[0], wide_y[1]);
            for (int half = 0; half < 2; half++) {
                sums[0][half] += wide_x[half];
                sums[1][half] += wide_y[half];
                sums[2][half] += wide_x[half] * wide_x[half];
                sums[3][half] += wide_y[half] * wide_y[half];
                sums[4][half] += wide_x[half] * wide_y[half];
            }
        }
        for (int64_t i = 0; i < count; i++) {
            const auto at = [&](int which) { return sums[which][i / kHalf][i % kHalf]; };
            Moments& to = moments[c + i];
            to.a += at(0), to.b += at(1), to.aa += at(2), to.bb += at(3), to.ab += at(4);
        }
    }
}

}  // namespace bfr::nets

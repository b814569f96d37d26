// The exponential of networks' kernels: the same bits wherever in a tensor a number stands.
#pragma once

#include "nets/kernels/lanes.h"

namespace bfr::nets {

typedef int32_t IntLanes __attribute__((vector_size(64), aligned(4), may_alias));

// To two units in the last place where the result is a normal number: a power of two, and a polynomial on
// [-ln 2 / 2, ln 2 / 2] (Moshier, Cephes, expf).
BFR_INLINE void exponential(Lanes& x) {
    constexpr float kLowest = -87, kHighest = 88, kLog2E = 1.44269504F, kMagic = 12582912;  // 1.5 * 2^23: rounds
    constexpr float kLn2High = 0.693359375F, kLn2Low = -2.12194440e-4F;
    const Lanes lowest = Lanes{} + kLowest, highest = Lanes{} + kHighest;
    x = x < lowest ? lowest : x;
    x = x > highest ? highest : x;
    const Lanes power = (x * kLog2E + kMagic) - kMagic;
    x -= power * kLn2High;
    x -= power * kLn2Low;
    Lanes sum = Lanes{} + 1.9875691500e-4F;
    for (const float next : {1.3981999507e-3F, 8.3334519073e-3F, 4.1665795894e-2F, 1.6666665459e-1F, 5.0000001201e-1F})
        sum = sum * x + next;
    sum = sum * x * x + x + 1.0F;
    const IntLanes exponent = (__builtin_convertvector(power, IntLanes) + 127) << 23;
    Lanes scale;
    std::memcpy(&scale, &exponent, sizeof(scale));
    x = sum * scale;
}

// v / (1 + exp(-v))
BFR_INLINE void swish_lanes(Lanes& v) {
    Lanes e = -v;
    exponential(e);
    v = v / (1.0F + e);
}

}  // namespace bfr::nets

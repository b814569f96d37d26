// Sixteen floats at a time: the unit in which the convolution kernels go through channels. Compiled for a processor
// with narrower registers, it is several of those.
#pragma once

#include <cstdint>
#include <cstring>

#include "base/target_clones.h"

namespace bfr::nets {

constexpr int64_t kLanes = 16;

typedef float Lanes __attribute__((vector_size(64), aligned(4), may_alias));

BFR_INLINE int64_t whole_lanes(int64_t n) { return (n + kLanes - 1) / kLanes * kLanes; }

// `count` of them, at most 16; zeros for the rest.
BFR_INLINE void load(Lanes& to, const float* from, int64_t count) {
    if (count >= kLanes) {
        to = *reinterpret_cast<const Lanes*>(from);
    } else {
        to = Lanes{};
        std::memcpy(&to, from, static_cast<size_t>(count) * sizeof(float));
    }
}

BFR_INLINE void store(float* to, const Lanes& from, int64_t count) {
    if (count >= kLanes) {
        *reinterpret_cast<Lanes*>(to) = from;
    } else {
        std::memcpy(to, &from, static_cast<size_t>(count) * sizeof(float));
    }
}

// bfloat16 is the upper half of a float.
struct BFloat16Bits {
    uint16_t bits;
};

typedef uint16_t HalfLanes __attribute__((vector_size(32), aligned(2), may_alias));
typedef uint32_t WordLanes __attribute__((vector_size(64), aligned(4), may_alias));

BFR_INLINE void load(Lanes& to, const BFloat16Bits* from, int64_t count) {
    HalfLanes half = {};
    if (count >= kLanes) {
        half = *reinterpret_cast<const HalfLanes*>(from);
    } else {
        std::memcpy(&half, from, static_cast<size_t>(count) * sizeof(BFloat16Bits));
    }
    const WordLanes words = __builtin_convertvector(half, WordLanes) << 16;
    std::memcpy(&to, &words, sizeof(to));
}

// To the nearest, halves to even.
BFR_INLINE void store(BFloat16Bits* to, const Lanes& from, int64_t count) {
    WordLanes words;
    std::memcpy(&words, &from, sizeof(words));
    const WordLanes rounded = (words + 0x7FFF + ((words >> 16) & 1)) >> 16, quiet_nan = WordLanes{} + 0x7FC0;
    const HalfLanes half = __builtin_convertvector(from == from ? rounded : quiet_nan, HalfLanes);
    if (count >= kLanes) {
        *reinterpret_cast<HalfLanes*>(to) = half;
    } else {
        std::memcpy(to, &half, static_cast<size_t>(count) * sizeof(BFloat16Bits));
    }
}

}  // namespace bfr::nets

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

}  // namespace bfr::nets

#pragma once

#include <cstdint>

namespace bfr::train {

inline constexpr int kMinSide = 16, kMaxSide = 4096;           // of a pack's pictures, pixels
inline constexpr uint64_t kMaxJpegBytes = uint64_t{64} << 20;  // of one picture: more than its pixels have
inline constexpr uint64_t kMaxPictures = uint64_t{1} << 31;

}  // namespace bfr::train

// Pillow's resampling of 8-bit pictures (libImaging/Resample.c of Pillow 9 to 11), which scripts of the field call on
// their way to a network.
#pragma once

#include <cstdint>
#include <vector>

namespace bfr {

enum class PillowFilter {
    kBilinear,  // a triangle
    kBicubic,   // Keys' cubic with a = -0.5
};

// Image.resize((out_width, out_height), filter), bit for bit: the filter is as wide as the pictures' ratio (it smooths
// where it shrinks), first along the rows, rounded to 8 bits, then along the columns. pixels: three channels in any
// order, rows without gaps.
std::vector<uint8_t> pillow_resize(PillowFilter filter, const uint8_t* pixels, int width, int height, int out_width,
                                   int out_height);

}  // namespace bfr

// Pillow's resampling of 8-bit pictures (libImaging/Resample.c of Pillow 9 to 11), which scripts of the field call on
// their way to a network.
#pragma once

#include <cstdint>
#include <vector>

namespace bfr {

// Image.resize((out_width, out_height), BILINEAR): a triangle as wide as the pictures' ratio (it smooths where it
// shrinks), first along the rows, rounded to 8 bits, then along the columns. rgb: three channels, rows without gaps.
std::vector<uint8_t> pillow_bilinear(const uint8_t* rgb, int width, int height, int out_width, int out_height);

}  // namespace bfr

// What a picture file says of itself, read and checked before a decoder sees it: decoders allocate what a header asks
// for, and fill what a cut file lacks with gray.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "datasets/image.h"

namespace bfr {

struct ImageHeader {
    ImageInfo info;
    uint64_t width = 0, height = 0;  // as stored, before orientation
    bool white_is_zero = false;      // TIFF alone
    // Where a TIFF says that its colours are not multiplied by its alpha (offset of a byte that holds 2).
    std::optional<size_t> unassociated_alpha_at;
};

// Knows a format by its first bytes. Throws Error naming the file: not a picture, truncated, damaged, of a kind that
// can't be read here, or over `max_pixels`. Bytes after the picture's end are allowed.
ImageHeader read_image_header(std::span<const unsigned char> bytes, const std::string& name, uint64_t max_pixels);

}  // namespace bfr

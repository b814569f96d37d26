// A picture small enough to lie in a page, or beside it.
#pragma once

#include <string>
#include <vector>

#include "datasets/image.h"

namespace bfr {

struct Thumbnail {
    std::vector<unsigned char> jpeg;
    int width = 0, height = 0;
};

// At most `side` pixels wide and high, averaged down (never enlarged), as JPEG of `quality`.
Thumbnail make_thumbnail(const Image& image, int side, int quality);

// data:image/jpeg;base64,...
std::string data_uri(const Thumbnail& thumbnail);

}  // namespace bfr

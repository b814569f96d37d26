// A picture small enough to lie in a page.
#pragma once

#include <string>

#include "datasets/image.h"

namespace bfr {

struct Thumbnail {
    std::string data_uri;  // data:image/jpeg;base64,...
    int width = 0, height = 0;
};

// At most `side` pixels wide and high, averaged down (never enlarged), as JPEG of `quality`.
Thumbnail make_thumbnail(const Image& image, int side, int quality);

}  // namespace bfr

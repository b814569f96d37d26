// Pooling with a stride of 2. Pictures are channels-last: (H, W, channels).
#pragma once

#include <cstdint>

namespace bfr::nets {

struct PoolShape {
    int64_t height, width, channels;
    int64_t out_height, out_width;
};

// Rows [begin, end) of the largest values of kernel x kernel pixels, as far as they lie in the picture.
void max_pool_rows(const PoolShape& shape, int64_t kernel, const float* picture, int64_t begin, int64_t end, float* to);

// The same of sqrt(g * x^2 + 1e-12), g = [1,2,1] x [1,2,1] / 16 around every second pixel, zeros outside: DISTS's
// pooling.
void l2_pool_rows(const PoolShape& shape, const float* picture, int64_t begin, int64_t end, float* to);

}  // namespace bfr::nets

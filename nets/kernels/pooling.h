// Pooling. Pictures are channels-last: (H, W, channels).
#pragma once

#include "nets/kernels/conv_io.h"

namespace bfr::nets {

struct PoolShape {
    int64_t height, width, channels;
    int64_t out_height, out_width;
    int64_t kernel = 3, stride = 2;
    int64_t border = 0;  // how far windows reach over the picture's left and upper edges
};

// Rows [begin, end) of the largest values of kernel x kernel pixels, as far as they lie in the picture.
void max_pool_rows(const PoolShape& shape, const float* picture, int64_t begin, int64_t end, const ConvOutput& to);

// The same of their means.
void mean_pool_rows(const PoolShape& shape, const float* picture, int64_t begin, int64_t end, const ConvOutput& to);

// Rows [begin, end) of sqrt(g * x^2 + 1e-12), g = [1,2,1] x [1,2,1] / 16 around every second pixel, zeros outside:
// DISTS's pooling.
void l2_pool_rows(const PoolShape& shape, const float* picture, int64_t begin, int64_t end, float* to);

}  // namespace bfr::nets

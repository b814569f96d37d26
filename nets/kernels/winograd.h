// Convolutions of stride 1 by Winograd's minimal filtering (Lavin and Gray, arXiv 1509.09308), from tiles of 6x6
// inputs: F(4x4, 3x3), 36 multiplications for 16 outputs where there would be 144, and F(2x2, 5x5), 36 for 4 where
// there would be 100. A dilated convolution is one of each of the pictures that every rate-th row and column make.
// Pictures are channels-last: (H, W, channels).
#pragma once

#include "nets/kernels/conv_io.h"

namespace bfr::nets {

constexpr int64_t kWinogradPoints = 36;

struct WinogradShape {
    int64_t height, width, in, out, dilation;
    int64_t kernel = 3;  // or 5

    int64_t tile() const { return 7 - kernel; }  // outputs of a tile, a side
    int64_t tile_rows() const { return ((height + dilation - 1) / dilation + tile() - 1) / tile(); }
    int64_t tile_columns() const { return ((width + dilation - 1) / dilation + tile() - 1) / tile(); }
    int64_t tiles() const { return tile_rows() * tile_columns() * dilation * dilation; }
};

// One panel of weights: (kernel^2, in, columns) -> (36, in, columns).
void winograd_weights(const float* panel, int64_t in, int64_t columns, float* to, int64_t kernel = 3);

// Floats of scratch that `tiles` tiles need.
int64_t winograd_scratch(const WinogradShape& shape, int64_t tiles);

// Tiles [begin, end) of the convolution. weights: the panels, one after another.
void winograd_tiles(const WinogradShape& shape, const ConvInput& from, const float* weights, int64_t begin, int64_t end,
                    const ConvOutput& to, float* scratch);

}  // namespace bfr::nets

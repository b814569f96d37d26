// Convolutions of stride 1 by Winograd's minimal filtering (Lavin and Gray, arXiv 1509.09308): F(4x4, 3x3), 36
// multiplications for 16 outputs where there would be 144; F(2x2, 5x5), 36 for 4 where there would be 100; along one
// line F(4, 7), 10 for 4 where there would be 28, and F(4, 3), 6 where there would be 12. A dilated convolution is one
// of each of the pictures that every rate-th row and column make. Pictures are channels-last: (H, W, channels).
#pragma once

#include "nets/kernels/conv_io.h"

namespace bfr::nets {

// Outputs of a tile along a side where the kernel has so many taps; 0: such a kernel isn't done this way.
constexpr int64_t winograd_outputs(int64_t taps) {
    return taps == 1 ? 1 : taps == 3 || taps == 7 ? 4 : taps == 5 ? 2 : 0;
}

// Multiplications of a tile: for kernels of 3x3, 5x5, 1x3, 3x1, 1x7 and 7x1; 0 for the others.
constexpr int64_t winograd_points(int64_t kernel_height, int64_t kernel_width) {
    const bool line = (kernel_height == 1) != (kernel_width == 1);
    const int64_t taps = kernel_height == 1 ? kernel_width : kernel_height;
    if (!(line ? taps == 3 || taps == 7 : kernel_height == kernel_width && (taps == 3 || taps == 5))) return 0;
    const auto points = [](int64_t n) { return n + winograd_outputs(n) - 1; };
    return points(kernel_height) * points(kernel_width);
}

struct WinogradShape {
    int64_t height, width, in;           // of the input
    int64_t out_height, out_width, out;  // of the result
    int64_t kernel_height, kernel_width, dilation;
    int64_t above, before;  // rows and columns of zeros around the picture

    int64_t points() const { return winograd_points(kernel_height, kernel_width); }
    int64_t tile_rows() const { return tiles_along(out_height, kernel_height); }
    int64_t tile_columns() const { return tiles_along(out_width, kernel_width); }
    int64_t tiles() const { return tile_rows() * tile_columns() * dilation * dilation; }

  private:
    int64_t tiles_along(int64_t side, int64_t taps) const {
        const int64_t tile = winograd_outputs(taps);
        return ((side + dilation - 1) / dilation + tile - 1) / tile;
    }
};

// One panel of weights: (kernel_height * kernel_width, in, columns) -> (points, in, columns).
void winograd_weights(const float* panel, int64_t in, int64_t columns, float* to, int64_t kernel_height,
                      int64_t kernel_width);

// Floats of scratch that `tiles` tiles need.
int64_t winograd_scratch(const WinogradShape& shape, int64_t tiles);

// Tiles [begin, end) of the convolution. weights: the panels, one after another.
void winograd_tiles(const WinogradShape& shape, const ConvInput& from, const float* weights, int64_t begin, int64_t end,
                    const ConvOutput& to, float* scratch);

}  // namespace bfr::nets

#include "nets/kernels/winograd.h"

#include <algorithm>

#include "nets/kernels/gemm.h"
#include "nets/kernels/winograd_line.h"

namespace bfr::nets {

namespace {

template <int kTaps>
using Line = WinogradLine<kTaps, static_cast<int>(winograd_outputs(kTaps))>;

// Calls work(down, across) with the lines that a kernel is made of.
template <class Work>
BFR_INLINE void by_lines(int64_t kernel_height, int64_t kernel_width, const Work& work) {
    if (kernel_height == 1) {
        kernel_width == 3 ? work(Line<1>(), Line<3>()) : work(Line<1>(), Line<7>());
    } else if (kernel_width == 1) {
        kernel_height == 3 ? work(Line<3>(), Line<1>()) : work(Line<7>(), Line<1>());
    } else {
        kernel_height == 3 ? work(Line<3>(), Line<3>()) : work(Line<5>(), Line<5>());
    }
}

struct Place {
    int64_t y, x;  // of the tile's first output
};

Place place_of(const WinogradShape& shape, int64_t tile) {
    // the tiles of all the dilated pictures that cover the same square follow each other
    const int64_t d = shape.dilation, inner = tile % (d * d), outer = tile / (d * d);
    const int64_t columns = shape.tile_columns();
    return {outer / columns * winograd_outputs(shape.kernel_height) * d + inner / d,
            outer % columns * winograd_outputs(shape.kernel_width) * d + inner % d};
}

struct Buffers {
    int64_t row;    // floats from tile to tile
    int64_t point;  // floats from point to point
};

// An odd number of cache lines from point to point: else all of them would fall on the same few sets of the cache.
Buffers buffers_for(int64_t channels, int64_t tiles) {
    const int64_t row = whole_lanes(channels) + kLanes;
    return {row, (row * tiles / kLanes | 1) * kLanes};
}

template <class Down, class Across>
BFR_INLINE void tiles_to_points(const WinogradShape& shape, const ConvInput& from, int64_t begin, int64_t end,
                                const Buffers& layout, float* points) {
    const int64_t d = shape.dilation;
    // what a tile doesn't share with the one before
    constexpr int64_t kNewRows = Down::kOutputs, kNewColumns = Across::kOutputs;
    for (int64_t tile = begin; tile < end; tile++) {
        const Place place = place_of(shape, tile);
        float* const to = points + (tile - begin) * layout.row;
        const float* pixels[Down::kPoints][Across::kPoints];
        for (int64_t i = 0; i < Down::kPoints; i++) {
            for (int64_t j = 0; j < Across::kPoints; j++) {
                const int64_t y = place.y + i * d - shape.above, x = place.x + j * d - shape.before;
                const bool inside = y >= 0 && y < shape.height && x >= 0 && x < shape.width;
                pixels[i][j] = inside ? from.picture + (y * shape.width + x) * shape.in : nullptr;
            }
        }
        const Place ahead = place_of(shape, tile + 1);
        const int64_t top = ahead.y + (Down::kTaps - 1) * d - shape.above,
                      left = ahead.x + (Across::kTaps - 1) * d - shape.before;
        const bool prefetch = top >= 0 && left >= 0 && top + (kNewRows - 1) * d < shape.height &&
                              left + (kNewColumns - 1) * d < shape.width;
        const float* const next = prefetch ? from.picture + (top * shape.width + left) * shape.in : nullptr;
        for (int64_t c = 0; c < shape.in; c += kLanes) {
            for (int64_t pixel = 0; prefetch && pixel < kNewRows * kNewColumns; pixel++) {
                __builtin_prefetch(next + (pixel / kNewColumns * shape.width + pixel % kNewColumns) * d * shape.in + c);
            }
            const int64_t count = std::min(kLanes, shape.in - c);
            Lanes scale = {}, shift = {};
            if (from.scale) load(scale, from.scale + c, count);
            if (from.shift) load(shift, from.shift + c, count);
            Lanes half[Down::kPoints][Across::kPoints];
            for (int64_t j = 0; j < Across::kPoints; j++) {
                Lanes column[Down::kPoints], at_points[Down::kPoints];
                for (int64_t i = 0; i < Down::kPoints; i++) {
                    if (!pixels[i][j]) {
                        column[i] = Lanes{};
                        continue;
                    }
                    load(column[i], pixels[i][j] + c, count);
                    if (from.scale) column[i] *= scale;
                    if (from.shift) column[i] += shift;
                    if (from.relu) column[i] = column[i] > Lanes{} ? column[i] : Lanes{};
                }
                Down::inputs(column, at_points);
                for (int64_t i = 0; i < Down::kPoints; i++) half[i][j] = at_points[i];
            }
            for (int64_t i = 0; i < Down::kPoints; i++) {
                Lanes at_points[Across::kPoints];
                Across::inputs(half[i], at_points);
                for (int64_t j = 0; j < Across::kPoints; j++) {
                    *reinterpret_cast<Lanes*>(to + (Across::kPoints * i + j) * layout.point + c) = at_points[j];
                }
            }
        }
    }
}

BFR_TARGET_CLONES void to_points(const WinogradShape& shape, const ConvInput& from, int64_t begin, int64_t end,
                                 const Buffers& layout, float* points) {
    by_lines(
        shape.kernel_height, shape.kernel_width, [&](auto down, auto across) __attribute__((always_inline)) {
            tiles_to_points<decltype(down), decltype(across)>(shape, from, begin, end, layout, points);
        });
}

template <class Down, class Across>
BFR_INLINE void tiles_from_points(const WinogradShape& shape, const float* products, const Buffers& layout,
                                  int64_t begin, int64_t end, int64_t first, int64_t channels, const ConvOutput& to) {
    const int64_t d = shape.dilation;
    for (int64_t tile = begin; tile < end; tile++) {
        const Place place = place_of(shape, tile);
        const float* const at = products + (tile - begin) * layout.row;
        for (int64_t c = 0; c < channels; c += kLanes) {
            const int64_t count = std::min(kLanes, channels - c);
            Lanes half[Down::kOutputs][Across::kPoints];
            for (int64_t j = 0; j < Across::kPoints; j++) {
                Lanes column[Down::kPoints], lines[Down::kOutputs];
                for (int64_t i = 0; i < Down::kPoints; i++) {
                    column[i] = *reinterpret_cast<const Lanes*>(at + (Across::kPoints * i + j) * layout.point + c);
                }
                Down::outputs(column, lines);
                for (int64_t i = 0; i < Down::kOutputs; i++) half[i][j] = lines[i];
            }
            for (int64_t i = 0; i < Down::kOutputs; i++) {
                const int64_t y = place.y + i * d;
                if (y >= shape.out_height) break;
                Lanes line[Across::kOutputs];
                Across::outputs(half[i], line);
                for (int64_t j = 0; j < Across::kOutputs; j++) {
                    const int64_t x = place.x + j * d;
                    if (x >= shape.out_width) break;
                    const int64_t pixel = y * shape.out_width + x;
                    apply(to.with, line[j], first + c, count, pixel);
                    store(to.picture + pixel * to.channels + to.first + first + c, line[j], count);
                }
            }
        }
    }
}

BFR_TARGET_CLONES void from_points(const WinogradShape& shape, const float* products, const Buffers& layout,
                                   int64_t begin, int64_t end, int64_t first, int64_t channels, const ConvOutput& to) {
    by_lines(
        shape.kernel_height, shape.kernel_width, [&](auto down, auto across) __attribute__((always_inline)) {
            tiles_from_points<decltype(down), decltype(across)>(shape, products, layout, begin, end, first, channels,
                                                                to);
        });
}

template <class Down, class Across>
BFR_INLINE void panel_to_points(const float* panel, int64_t in, int64_t columns, float* to) {
    const int64_t tap = in * columns;
    for (int64_t k = 0; k < tap; k += kLanes) {
        Lanes half[Down::kPoints][Across::kTaps];
        for (int64_t j = 0; j < Across::kTaps; j++) {
            Lanes taps[Down::kTaps], at_points[Down::kPoints];
            for (int64_t i = 0; i < Down::kTaps; i++) {
                taps[i] = *reinterpret_cast<const Lanes*>(panel + (Across::kTaps * i + j) * tap + k);
            }
            Down::weights(taps, at_points);
            for (int64_t i = 0; i < Down::kPoints; i++) half[i][j] = at_points[i];
        }
        for (int64_t i = 0; i < Down::kPoints; i++) {
            Lanes at_points[Across::kPoints];
            Across::weights(half[i], at_points);
            for (int64_t j = 0; j < Across::kPoints; j++) {
                *reinterpret_cast<Lanes*>(to + (Across::kPoints * i + j) * tap + k) = at_points[j];
            }
        }
    }
}

constexpr int64_t kChannelsAtOnce = 2 * kPanel;  // of the outputs: their products stay in the cache

}  // namespace

BFR_TARGET_CLONES void winograd_weights(const float* panel, int64_t in, int64_t columns, float* to,
                                        int64_t kernel_height, int64_t kernel_width) {
    by_lines(
        kernel_height, kernel_width, [&](auto down, auto across) __attribute__((always_inline)) {
            panel_to_points<decltype(down), decltype(across)>(panel, in, columns, to);
        });
}

int64_t winograd_scratch(const WinogradShape& shape, int64_t tiles) {
    return shape.points() * (buffers_for(shape.in, tiles).point + buffers_for(kChannelsAtOnce, tiles).point);
}

void winograd_tiles(const WinogradShape& shape, const ConvInput& from, const float* weights, int64_t begin, int64_t end,
                    const ConvOutput& to, float* scratch) {
    const int64_t tiles = end - begin, out = whole_lanes(shape.out), all = shape.points();
    const Buffers in_layout = buffers_for(shape.in, tiles), out_layout = buffers_for(kChannelsAtOnce, tiles);
    float* const points = scratch;
    float* const products = scratch + all * in_layout.point;
    to_points(shape, from, begin, end, in_layout, points);
    for (int64_t first = 0; first < out; first += kChannelsAtOnce) {
        const int64_t last = std::min(out, first + kChannelsAtOnce);
        for (int64_t column = first; column < last; column += kPanel) {
            const int64_t columns = std::min(kPanel, last - column);
            for (int64_t point = 0; point < all; point++) {
                multiply_panel(points + point * in_layout.point, in_layout.row, tiles, shape.in,
                               weights + (all * column + point * columns) * shape.in, columns,
                               products + point * out_layout.point + (column - first), out_layout.row, false);
            }
        }
        from_points(shape, products, out_layout, begin, end, first, std::min(shape.out, last) - first, to);
    }
}

}  // namespace bfr::nets

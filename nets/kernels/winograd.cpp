#include "nets/kernels/winograd.h"

#include <algorithm>

#include "nets/kernels/gemm.h"

namespace bfr::nets {

namespace {

// The points at which polynomials are taken: 0, +-a, +-b and infinity. With roots of 1/2 and 2 the outputs' errors are
// a quarter of those with 1 and 2.
constexpr float kA = 0.70710678118654752F, kB = 1.41421356237309505F;
constexpr float kA2 = 0.5F, kB2 = 2;

// Six inputs of a line at the six points.
BFR_INLINE void input_points(const Lanes (&d)[6], Lanes (&v)[6]) {
    const Lanes even_a = d[4] - kB2 * d[2], odd_a = kA * (d[3] - kB2 * d[1]);
    const Lanes even_b = d[4] - kA2 * d[2], odd_b = kB * (d[3] - kA2 * d[1]);
    v[0] = kA2 * kB2 * d[0] + even_a - kA2 * d[2];
    v[1] = even_a + odd_a;
    v[2] = even_a - odd_a;
    v[3] = even_b + odd_b;
    v[4] = even_b - odd_b;
    v[5] = kA2 * kB2 * d[1] + d[5] - (kA2 + kB2) * d[3];
}

// Three taps at the six points.
BFR_INLINE void weight_points(const Lanes (&g)[3], Lanes (&u)[6]) {
    constexpr float kAtA = 1 / (2 * kA2 * (kA2 - kB2)), kAtB = 1 / (2 * kB2 * (kB2 - kA2));
    const Lanes even_a = kAtA * (g[0] + kA2 * g[2]), odd_a = kAtA * kA * g[1];
    const Lanes even_b = kAtB * (g[0] + kB2 * g[2]), odd_b = kAtB * kB * g[1];
    u[0] = (1 / (kA2 * kB2)) * g[0];
    u[1] = even_a + odd_a;
    u[2] = even_a - odd_a;
    u[3] = even_b + odd_b;
    u[4] = even_b - odd_b;
    u[5] = g[2];
}

// Five taps at the six points.
BFR_INLINE void weight_points(const Lanes (&g)[5], Lanes (&u)[6]) {
    constexpr float kAtA = 1 / (2 * kA2 * (kA2 - kB2)), kAtB = 1 / (2 * kB2 * (kB2 - kA2));
    const Lanes even_a = kAtA * (g[0] + kA2 * g[2] + kA2 * kA2 * g[4]), odd_a = kAtA * kA * (g[1] + kA2 * g[3]);
    const Lanes even_b = kAtB * (g[0] + kB2 * g[2] + kB2 * kB2 * g[4]), odd_b = kAtB * kB * (g[1] + kB2 * g[3]);
    u[0] = (1 / (kA2 * kB2)) * g[0];
    u[1] = even_a + odd_a;
    u[2] = even_a - odd_a;
    u[3] = even_b + odd_b;
    u[4] = even_b - odd_b;
    u[5] = g[4];
}

// The products at the six points as four outputs.
BFR_INLINE void outputs(const Lanes (&m)[6], Lanes (&y)[4]) {
    const Lanes even_a = m[1] + m[2], odd_a = m[1] - m[2], even_b = m[3] + m[4], odd_b = m[3] - m[4];
    y[0] = m[0] + even_a + even_b;
    y[1] = kA * odd_a + kB * odd_b;
    y[2] = kA2 * even_a + kB2 * even_b;
    y[3] = kA2 * kA * odd_a + kB2 * kB * odd_b + m[5];
}

// As two.
BFR_INLINE void outputs(const Lanes (&m)[6], Lanes (&y)[2]) {
    y[0] = m[0] + (m[1] + m[2]) + (m[3] + m[4]);
    y[1] = kA * (m[1] - m[2]) + kB * (m[3] - m[4]) + m[5];
}

struct Place {
    int64_t y, x;  // of the tile's first output
};

Place place_of(const WinogradShape& shape, int64_t tile) {
    // the tiles of all the dilated pictures that cover the same square follow each other
    const int64_t d = shape.dilation, inner = tile % (d * d), outer = tile / (d * d);
    const int64_t columns = shape.tile_columns();
    const int64_t step = shape.tile() * d;
    return {outer / columns * step + inner / d, outer % columns * step + inner % d};
}

struct Buffers {
    int64_t row;    // floats from tile to tile
    int64_t point;  // floats from point to point
};

// An odd number of cache lines from point to point: else all 36 would fall on the same few sets of the cache.
Buffers buffers_for(int64_t channels, int64_t tiles) {
    const int64_t row = whole_lanes(channels) + kLanes;
    return {row, (row * tiles / kLanes | 1) * kLanes};
}

BFR_TARGET_CLONES void to_points(const WinogradShape& shape, const ConvInput& from, int64_t begin, int64_t end,
                                 const Buffers& layout, float* points) {
    const int64_t d = shape.dilation, border = shape.kernel / 2;
    for (int64_t tile = begin; tile < end; tile++) {
        const Place place = place_of(shape, tile);
        float* const to = points + (tile - begin) * layout.row;
        const float* pixels[6][6];
        for (int64_t i = 0; i < 6; i++) {
            for (int64_t j = 0; j < 6; j++) {
                const int64_t y = place.y + (i - border) * d, x = place.x + (j - border) * d;
                const bool inside = y >= 0 && y < shape.height && x >= 0 && x < shape.width;
                pixels[i][j] = inside ? from.picture + (y * shape.width + x) * shape.in : nullptr;
            }
        }
        const Place ahead = place_of(shape, tile + 1);
        const bool prefetch = ahead.y + 4 * d < shape.height && ahead.x + 4 * d < shape.width;
        const float* const next = from.picture + ((ahead.y + d) * shape.width + ahead.x + d) * shape.in;
        for (int64_t c = 0; c < shape.in; c += kLanes) {
            for (int64_t pixel = 0; prefetch && pixel < 16; pixel++) {
                __builtin_prefetch(next + (pixel / 4 * shape.width + pixel % 4) * d * shape.in + c);
            }
            const int64_t count = std::min(kLanes, shape.in - c);
            Lanes scale = {}, shift = {};
            if (from.scale) load(scale, from.scale + c, count);
            if (from.shift) load(shift, from.shift + c, count);
            Lanes half[6][6];
            for (int64_t j = 0; j < 6; j++) {
                Lanes column[6], at_points[6];
                for (int64_t i = 0; i < 6; i++) {
                    if (!pixels[i][j]) {
                        column[i] = Lanes{};
                        continue;
                    }
                    load(column[i], pixels[i][j] + c, count);
                    if (from.scale) column[i] *= scale;
                    if (from.shift) column[i] += shift;
                    if (from.relu) column[i] = column[i] > Lanes{} ? column[i] : Lanes{};
                }
                input_points(column, at_points);
                for (int64_t i = 0; i < 6; i++) half[i][j] = at_points[i];
            }
            for (int64_t i = 0; i < 6; i++) {
                Lanes at_points[6];
                input_points(half[i], at_points);
                for (int64_t j = 0; j < 6; j++) {
                    *reinterpret_cast<Lanes*>(to + (6 * i + j) * layout.point + c) = at_points[j];
                }
            }
        }
    }
}

template <int kTile>
BFR_INLINE void tiles_from_points(const WinogradShape& shape, const float* products, const Buffers& layout,
                                  int64_t begin, int64_t end, int64_t first, int64_t channels, const ConvOutput& to) {
    const int64_t d = shape.dilation;
    for (int64_t tile = begin; tile < end; tile++) {
        const Place place = place_of(shape, tile);
        const float* const at = products + (tile - begin) * layout.row;
        for (int64_t c = 0; c < channels; c += kLanes) {
            const int64_t count = std::min(kLanes, channels - c);
            Lanes half[kTile][6];
            for (int64_t j = 0; j < 6; j++) {
                Lanes column[6], lines[kTile];
                for (int64_t i = 0; i < 6; i++) {
                    column[i] = *reinterpret_cast<const Lanes*>(at + (6 * i + j) * layout.point + c);
                }
                outputs(column, lines);
                for (int64_t i = 0; i < kTile; i++) half[i][j] = lines[i];
            }
            for (int64_t i = 0; i < kTile; i++) {
                const int64_t y = place.y + i * d;
                if (y >= shape.height) break;
                Lanes line[kTile];
                outputs(half[i], line);
                for (int64_t j = 0; j < kTile; j++) {
                    const int64_t x = place.x + j * d;
                    if (x >= shape.width) break;
                    const int64_t pixel = y * shape.width + x;
                    apply(to.with, line[j], first + c, count, pixel);
                    store(to.picture + pixel * to.channels + to.first + first + c, line[j], count);
                }
            }
        }
    }
}

BFR_TARGET_CLONES void from_points(const WinogradShape& shape, const float* products, const Buffers& layout,
                                   int64_t begin, int64_t end, int64_t first, int64_t channels, const ConvOutput& to) {
    if (shape.kernel == 3) {
        tiles_from_points<4>(shape, products, layout, begin, end, first, channels, to);
    } else {
        tiles_from_points<2>(shape, products, layout, begin, end, first, channels, to);
    }
}

template <int kTaps>
BFR_INLINE void panel_to_points(const float* panel, int64_t in, int64_t columns, float* to) {
    const int64_t tap = in * columns;
    for (int64_t k = 0; k < tap; k += kLanes) {
        Lanes half[6][kTaps];
        for (int64_t j = 0; j < kTaps; j++) {
            Lanes taps[kTaps], at_points[6];
            for (int64_t i = 0; i < kTaps; i++) {
                taps[i] = *reinterpret_cast<const Lanes*>(panel + (kTaps * i + j) * tap + k);
            }
            weight_points(taps, at_points);
            for (int64_t i = 0; i < 6; i++) half[i][j] = at_points[i];
        }
        for (int64_t i = 0; i < 6; i++) {
            Lanes at_points[6];
            weight_points(half[i], at_points);
            for (int64_t j = 0; j < 6; j++) *reinterpret_cast<Lanes*>(to + (6 * i + j) * tap + k) = at_points[j];
        }
    }
}

constexpr int64_t kChannelsAtOnce = 2 * kPanel;  // of the outputs: their products stay in the cache

}  // namespace

BFR_TARGET_CLONES void winograd_weights(const float* panel, int64_t in, int64_t columns, float* to, int64_t kernel) {
    if (kernel == 3) {
        panel_to_points<3>(panel, in, columns, to);
    } else {
        panel_to_points<5>(panel, in, columns, to);
    }
}

int64_t winograd_scratch(const WinogradShape& shape, int64_t tiles) {
    return kWinogradPoints * (buffers_for(shape.in, tiles).point + buffers_for(kChannelsAtOnce, tiles).point);
}

void winograd_tiles(const WinogradShape& shape, const ConvInput& from, const float* weights, int64_t begin, int64_t end,
                    const ConvOutput& to, float* scratch) {
    const int64_t tiles = end - begin, out = whole_lanes(shape.out);
    const Buffers in_layout = buffers_for(shape.in, tiles), out_layout = buffers_for(kChannelsAtOnce, tiles);
    float* const points = scratch;
    float* const products = scratch + kWinogradPoints * in_layout.point;
    to_points(shape, from, begin, end, in_layout, points);
    for (int64_t first = 0; first < out; first += kChannelsAtOnce) {
        const int64_t last = std::min(out, first + kChannelsAtOnce);
        for (int64_t point = 0; point < kWinogradPoints; point++) {
            for (int64_t column = first; column < last; column += kPanel) {
                const int64_t columns = std::min(kPanel, last - column);
                multiply_panel(points + point * in_layout.point, in_layout.row, tiles, shape.in,
                               weights + (kWinogradPoints * column + point * columns) * shape.in, columns,
                               products + point * out_layout.point + (column - first), out_layout.row, false);
            }
        }
        from_points(shape, products, out_layout, begin, end, first, std::min(shape.out, last) - first, to);
    }
}

}  // namespace bfr::nets

#include "nets/kernels/direct.h"

#include <algorithm>

#include "nets/kernels/gemm.h"

namespace bfr::nets {

namespace {

int64_t row_floats(int64_t channels) { return whole_lanes(channels) + kLanes; }

// The inputs that a tap takes for output pixels [begin, end), one in a row. False: all of them are border.
BFR_TARGET_CLONES bool gather(const DirectShape& shape, const Tap& tap, const ConvInput& from, int64_t begin,
                              int64_t end, float* rows) {
    const int64_t row = row_floats(shape.in);
    bool any = false;
    for (int64_t pixel = begin; pixel < end; pixel++) {
        const int64_t y = pixel / shape.out_width * shape.stride + tap.dy;
        const int64_t x = pixel % shape.out_width * shape.stride + tap.dx;
        float* const to = rows + (pixel - begin) * row;
        if (y < 0 || y >= shape.height || x < 0 || x >= shape.width) {
            std::memset(to, 0, static_cast<size_t>(shape.in) * sizeof(float));
            continue;
        }
        any = true;
        const float* const at = from.picture + (y * shape.width + x) * shape.in;
        for (int64_t c = 0; c < shape.in; c += kLanes) {
            const int64_t count = std::min(kLanes, shape.in - c);
            Lanes v, factor, shift;
            load(v, at + c, count);
            if (from.scale) {
                load(factor, from.scale + c, count);
                v *= factor;
            }
            if (from.shift) {
                load(shift, from.shift + c, count);
                v += shift;
            }
            if (from.relu) v = v > Lanes{} ? v : Lanes{};
            store(to + c, v, count);
        }
    }
    return any;
}

BFR_TARGET_CLONES void write(const DirectShape& shape, const float* sums, int64_t begin, int64_t end, int64_t first,
                             int64_t last, const ConvOutput& to) {
    for (int64_t pixel = begin; pixel < end; pixel++) {
        for (int64_t c = first; c < std::min(last, shape.out); c += kLanes) {
            const int64_t count = std::min(kLanes, shape.out - c);
            Lanes v = *reinterpret_cast<const Lanes*>(sums + (pixel - begin) * (last - first) + c - first);
            apply(to.with, v, c, count, pixel);
            store(to.picture + pixel * to.channels + to.first + c, v, count);
        }
    }
}

}  // namespace

int64_t direct_scratch(const DirectShape& shape, int64_t pixels, int64_t columns) {
    return pixels * (row_floats(shape.in) + columns);
}

void direct_pixels(const DirectShape& shape, const std::vector<Tap>& taps, const ConvInput& from, const float* weights,
                   int64_t begin, int64_t end, int64_t first, int64_t last, const ConvOutput& to, float* scratch) {
    const int64_t pixels = end - begin, width = last - first;
    float* const rows = scratch;
    float* const sums = scratch + pixels * row_floats(shape.in);
    bool any = false;
    for (const auto& tap : taps) {
        const float* a = rows;
        int64_t lda = row_floats(shape.in);
        const bool as_it_is = shape.stride == 1 && tap.dy == 0 && tap.dx == 0 && !from.scale && !from.shift &&
                              !from.relu && shape.out_width == shape.width && shape.out_height == shape.height;
        if (as_it_is) {
            a = from.picture + begin * shape.in;
            lda = shape.in;
        } else if (!gather(shape, tap, from, begin, end, rows)) {
            continue;
        }
        for (int64_t column = first; column < last; column += kPanel) {
            const int64_t columns = std::min(kPanel, whole_lanes(shape.out) - column);
            multiply_panel(a, lda, pixels, shape.in, weights + (shape.taps * column + tap.index * columns) * shape.in,
                           columns, sums + column - first, width, any);
        }
        any = true;
    }
    if (!any) std::memset(sums, 0, static_cast<size_t>(pixels * width) * sizeof(float));
    write(shape, sums, begin, end, first, last, to);
}

}  // namespace bfr::nets

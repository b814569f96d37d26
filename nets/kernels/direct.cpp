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

// Few channels: what all taps of a pixel take stands side by side, so that one matrix product does them.
bool takes_patches(const DirectShape& shape) { return shape.in < kLanes && shape.taps > 1; }

// Taps whose inputs follow each other in memory.
struct Run {
    int64_t dy, dx, count;
};

std::vector<Run> runs_of(const std::vector<Tap>& taps) {
    std::vector<Run> runs;
    for (const auto& tap : taps) {
        if (!runs.empty() && runs.back().dy == tap.dy && runs.back().dx + runs.back().count == tap.dx) {
            runs.back().count++;
        } else {
            runs.push_back({tap.dy, tap.dx, 1});
        }
    }
    return runs;
}

// For output pixels [begin, end): all taps' inputs of a pixel in one row of `row` floats.
BFR_TARGET_CLONES void gather_patches(const DirectShape& shape, const std::vector<Run>& runs, const ConvInput& from,
                                      const float* scale, const float* shift, int64_t begin, int64_t end, int64_t row,
                                      float* rows) {
    const float* const last = from.picture + shape.height * shape.width * shape.in;
    int64_t top = begin / shape.out_width * shape.stride, left = begin % shape.out_width * shape.stride;
    for (int64_t pixel = begin; pixel < end; pixel++, left += shape.stride) {
        if (left == shape.out_width * shape.stride) left = 0, top += shape.stride;
        float* to = rows + (pixel - begin) * row;
        for (const auto& run : runs) {
            const int64_t y = top + run.dy, x = left + run.dx, floats = run.count * shape.in;
            const float* const at = from.picture + (y * shape.width + x) * shape.in;
            if (y >= 0 && y < shape.height && x >= 0 && x + run.count <= shape.width &&
                last - at >= whole_lanes(floats)) {
                // what is written too far is overwritten by the next run, or lies behind the row's end
                for (int64_t i = 0; i < floats; i += kLanes) {
                    Lanes v = *reinterpret_cast<const Lanes*>(at + i);
                    v = v * *reinterpret_cast<const Lanes*>(scale + i) + *reinterpret_cast<const Lanes*>(shift + i);
                    if (from.relu) v = v > Lanes{} ? v : Lanes{};
                    *reinterpret_cast<Lanes*>(to + i) = v;
                }
            } else {
                for (int64_t i = 0; i < floats; i++) {
                    const int64_t column = x + i / shape.in;
                    const bool inside = y >= 0 && y < shape.height && column >= 0 && column < shape.width;
                    to[i] = inside ? at[i] * scale[i] + shift[i] : 0;
                    if (from.relu) to[i] = std::max(to[i], 0.0F);
                }
            }
            to += floats;
        }
    }
}

// The scale or shift of a pixel's channels, again and again for a run of `taps` of them.
std::vector<float> repeated(const float* values, float otherwise, int64_t channels, int64_t taps) {
    std::vector<float> result(static_cast<size_t>(whole_lanes(taps * channels)), otherwise);
    for (int64_t i = 0; values && i < taps * channels; i++) result[static_cast<size_t>(i)] = values[i % channels];
    return result;
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
    return pixels * (row_floats(takes_patches(shape) ? shape.in * shape.taps : shape.in) + columns);
}

void direct_pixels(const DirectShape& shape, const std::vector<Tap>& taps, const ConvInput& from, const float* weights,
                   int64_t begin, int64_t end, int64_t first, int64_t last, const ConvOutput& to, float* scratch) {
    const int64_t pixels = end - begin, width = last - first;
    float* const rows = scratch;
    if (takes_patches(shape) && static_cast<int64_t>(taps.size()) == shape.taps) {
        const int64_t inner = shape.taps * shape.in, row = row_floats(inner);
        float* const sums = scratch + pixels * row;
        const auto scale = repeated(from.scale, 1, shape.in, shape.taps);
        const auto shift = repeated(from.shift, 0, shape.in, shape.taps);
        gather_patches(shape, runs_of(taps), from, scale.data(), shift.data(), begin, end, row, rows);
        for (int64_t column = first; column < last; column += kPanel) {
            const int64_t columns = std::min(kPanel, whole_lanes(shape.out) - column);
            multiply_panel(rows, row, pixels, inner, weights + inner * column, columns, sums + column - first, width,
                           false);
        }
        write(shape, sums, begin, end, first, last, to);
        return;
    }
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

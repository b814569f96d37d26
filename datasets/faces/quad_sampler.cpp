#include "datasets/faces/quad_sampler.h"

#include <algorithm>

#include "base/target_clones.h"

namespace bfr {
namespace {

constexpr size_t kSamples = QuadSampler::kSide;

// One axis of a row's samples: value = first + step (u + 0.5) + turn (u + 0.5) v.
struct Line {
    double first, step, along, turn, v;
    double limit;  // pixels of the picture
};

// Where each sample lies on the axis: the next pixel's number, or none outside the picture, and the distance from the
// one before. Additions in Pillow's order.
BFR_TARGET_CLONES
void place(const Line line, int* __restrict next, double* __restrict distance) {
    for (int u = 0; u < QuadSampler::kSide; u++) {
        const double across = u + 0.5;
        const double at = line.first + line.step * across + line.along + line.turn * across * line.v;
        const double kept = std::min(std::max(at, 0.0), line.limit);
        const int pixel = static_cast<int>(kept + 0.5);  // at least 0.5: the integer part is the floor
        const int inside = static_cast<int>(at >= 0) & static_cast<int>(at < line.limit);
        next[u] = (pixel + 1) * inside - 1;
        distance[u] = kept - 0.5 - (pixel - 1);
    }
}

// Samples between the same four pixels: upper + upper_step right, the lower ones alike, then between those.
struct Between {
    double upper, upper_step, lower, lower_step;
};

BFR_TARGET_CLONES
void blend(const Between pixels, const double* __restrict right, const double* __restrict down, short* __restrict to,
           size_t n) {
    for (size_t i = 0; i < n; i++) {
        const double above = pixels.upper + pixels.upper_step * right[i];
        const double below = pixels.lower + pixels.lower_step * right[i];
        to[i] = static_cast<short>(static_cast<int>(above + (below - above) * down[i]));
    }
}

}  // namespace

QuadSampler::QuadSampler(const cv::Mat& bgr8, const QuadAlignment::Corners& quad)
    : picture_(bgr8), column_(kSamples), line_(kSamples), right_(kSamples), down_(kSamples) {
    const double step = 1.0 / kSide;
    for (size_t axis = 0; axis < 2; axis++) {
        const double lt = quad[0][axis] + 0.5, lb = quad[1][axis] + 0.5, rb = quad[2][axis] + 0.5,
                     rt = quad[3][axis] + 0.5;
        terms_[axis] = {lt, (rt - lt) * step, (lb - lt) * step, (rb - lb - rt + lt) * step * step};
    }
}

void QuadSampler::row(int v, Planes& planes) {
    const double down = v + 0.5;
    const auto line_of = [&](size_t axis, int limit) {
        const auto& [a, b, c, d] = terms_[axis];
        return Line{a, b, c * down, d, down, static_cast<double>(limit)};
    };
    place(line_of(0, picture_.cols), column_.data(), right_.data());
    place(line_of(1, picture_.rows), line_.data(), down_.data());
    for (size_t begin = 0, end = 0; begin < kSamples; begin = end) {
        const int column = column_[begin], line = line_[begin];
        while (end < kSamples && column_[end] == column && line_[end] == line) end++;
        if (column < 0 || line < 0) {
            for (auto& plane : planes)
                std::fill(plane.begin() + static_cast<long>(begin), plane.begin() + static_cast<long>(end), short{0});
            continue;
        }
        const size_t left = 3 * static_cast<size_t>(std::max(column - 1, 0)),
                     right = 3 * static_cast<size_t>(std::min(column, picture_.cols - 1));
        const unsigned char* upper = picture_.ptr(std::max(line - 1, 0));
        const unsigned char* lower = picture_.ptr(std::min(line, picture_.rows - 1));
        for (size_t c = 0; c < 3; c++) {
            const Between pixels{
                static_cast<double>(upper[left + c]), static_cast<double>(upper[right + c] - upper[left + c]),
                static_cast<double>(lower[left + c]), static_cast<double>(lower[right + c] - lower[left + c])};
            blend(pixels, &right_[begin], &down_[begin], &planes[c][begin], end - begin);
        }
    }
}

}  // namespace bfr

#include "train/degrade/resize.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace bfr::train {
namespace {

// As OpenCV has it: one over the other way's quotient.
double scale_of(int64_t from, int64_t to) { return 1 / (static_cast<double>(to) / static_cast<double>(from)); }

class Builder {
  public:
    Builder(int64_t from, int64_t to, size_t taps) : last_(from - 1), size_(static_cast<size_t>(to)) { grow(taps); }

    // Beyond the edge the edge's own pixel counts.
    void set(size_t tap, int64_t at, int64_t pixel, float weight) {
        if (tap >= taps_.index.size()) grow(tap + 1);
        taps_.index[tap][static_cast<size_t>(at)] = std::clamp<int64_t>(pixel, 0, last_);
        taps_.weight[tap][static_cast<size_t>(at)] = weight;
    }
    ResizeTaps take() { return std::move(taps_); }

  private:
    void grow(size_t taps) {
        taps_.index.resize(taps, std::vector<int64_t>(size_, 0));
        taps_.weight.resize(taps, std::vector<float>(size_, 0));
    }
    ResizeTaps taps_;
    int64_t last_;
    size_t size_;
};

ResizeTaps linear(int64_t from, int64_t to, bool area) {
    Builder builder(from, to, 2);
    const double scale = scale_of(from, to);
    for (int64_t i = 0; i < to; i++) {
        int64_t pixel = 0;
        float next = 0;
        if (area) {
            pixel = static_cast<int64_t>(std::floor(static_cast<double>(i) * scale));
            next = static_cast<float>(static_cast<double>(i + 1) - static_cast<double>(pixel + 1) / scale);
            next = next <= 0 ? 0 : next - std::floor(next);
        } else {
            const auto at = static_cast<float>((static_cast<double>(i) + 0.5) * scale - 0.5);
            pixel = static_cast<int64_t>(std::floor(at));
            next = at - static_cast<float>(pixel);
        }
        if (pixel < 0 || pixel >= from - 1) next = 0;
        pixel = std::clamp<int64_t>(pixel, 0, from - 1);
        builder.set(0, i, pixel, 1 - next);
        builder.set(1, i, pixel + 1, next);
    }
    return builder.take();
}

ResizeTaps cubic(int64_t from, int64_t to) {
    constexpr float kA = -0.75f;
    Builder builder(from, to, 4);
    const double scale = scale_of(from, to);
    for (int64_t i = 0; i < to; i++) {
        const auto at = static_cast<float>((static_cast<double>(i) + 0.5) * scale - 0.5);
        const auto pixel = static_cast<int64_t>(std::floor(at));
        const float x = at - static_cast<float>(pixel), y = 1 - x;
        const float w0 = ((kA * (x + 1) - 5 * kA) * (x + 1) + 8 * kA) * (x + 1) - 4 * kA;
        const float w1 = ((kA + 2) * x - (kA + 3)) * x * x + 1, w2 = ((kA + 2) * y - (kA + 3)) * y * y + 1;
        const float weights[] = {w0, w1, w2, 1 - w0 - w1 - w2};
        for (int64_t k = 0; k < 4; k++) builder.set(static_cast<size_t>(k), i, pixel - 1 + k, weights[k]);
    }
    return builder.take();
}

// Each output's mean over the inputs that it covers; slivers of a thousandth are left out.
ResizeTaps area(int64_t from, int64_t to) {
    constexpr double kSliver = 1e-3;
    Builder builder(from, to, 1);
    const double scale = scale_of(from, to);
    for (int64_t i = 0; i < to; i++) {
        const double begin = static_cast<double>(i) * scale, end = begin + scale;
        const double width = std::min(scale, static_cast<double>(from) - begin);
        const auto last = std::min(static_cast<int64_t>(std::floor(end)), from - 1);
        const auto first = std::min(static_cast<int64_t>(std::ceil(begin)), last);
        size_t tap = 0;
        if (static_cast<double>(first) - begin > kSliver)
            builder.set(tap++, i, first - 1, static_cast<float>((static_cast<double>(first) - begin) / width));
        for (int64_t pixel = first; pixel < last; pixel++) builder.set(tap++, i, pixel, static_cast<float>(1 / width));
        if (const double rest = end - static_cast<double>(last); rest > kSliver)
            builder.set(tap++, i, last, static_cast<float>(std::min({rest, 1.0, width}) / width));
    }
    return builder.take();
}

ResizeTaps nearest(int64_t from, int64_t to) {
    Builder builder(from, to, 1);
    const double scale = scale_of(from, to);
    for (int64_t i = 0; i < to; i++)
        builder.set(0, i, static_cast<int64_t>(std::floor(static_cast<double>(i) * scale)), 1);
    return builder.take();
}

at::Tensor along(const at::Tensor& picture, int64_t dim, const ResizeTaps& taps) {
    std::vector<int64_t> shape(3, 1);
    shape[static_cast<size_t>(dim)] = -1;
    at::Tensor sum;
    for (size_t k = 0; k < taps.index.size(); k++) {
        const at::Tensor from = picture.index_select(dim, at::tensor(taps.index[k]).to(picture.device()));
        const at::Tensor weight = at::tensor(taps.weight[k]).to(picture.device()).view(shape);
        sum = k == 0 ? from * weight : sum.addcmul_(from, weight);
    }
    return sum;
}

}  // namespace

ResizeTaps resize_taps(Interpolation interpolation, int64_t from, int64_t to, bool shrinks) {
    switch (interpolation) {
        case Interpolation::kBilinear:
            return linear(from, to, false);
        case Interpolation::kArea:
            return shrinks ? area(from, to) : linear(from, to, true);
        case Interpolation::kBicubic:
            return cubic(from, to);
        case Interpolation::kNearest:
            return nearest(from, to);
    }
    BFR_CHECK(false, "interpolation {}", static_cast<int>(interpolation));
}

at::Tensor resized(const at::Tensor& picture, int64_t height, int64_t width, Interpolation interpolation) {
    const int64_t old_height = picture.size(1), old_width = picture.size(2);
    if (height == old_height && width == old_width) return picture.clone();
    const bool shrinks = height <= old_height && width <= old_width;
    const at::Tensor across = along(picture, 2, resize_taps(interpolation, old_width, width, shrinks));
    return along(across, 1, resize_taps(interpolation, old_height, height, shrinks));
}

}  // namespace bfr::train

// Sources: pytorch, aten/src/ATen/native/UpSample.h and cpu/UpSampleKernel.cpp; Pillow, src/libImaging/Resample.c;
// TensorFlow 1, core/kernels/image_resizer_state.h and resize_bilinear_op.cc.
#include "metrics/kernels/resample.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/target_clones.h"

namespace bfr {
namespace {

// What one pixel of the result is made of along one side.
struct Taps {
    int first = 0;
    std::vector<double> weights;
};

Taps two_taps(float place, int from) {
    const int low = std::min(static_cast<int>(place), from - 1);
    const float share = place - static_cast<float>(low);
    if (low == from - 1) return {low, {1.0}};
    return {low, {static_cast<double>(1.0F - share), static_cast<double>(share)}};
}

template <class Real>
Real triangle(Real x) {
    return std::max(Real(0), 1 - std::abs(x));
}

template <class Real>
Real cubic(Real x) {
    constexpr Real a = -0.5;
    x = std::abs(x);
    if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
    if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
    return 0;
}

// A filter that is as wide as the scale where a picture shrinks. Real: the precision in which the tool finds its
// places, which at a few hundred pixels shows in the fifth digit.
template <class Real>
Taps wide_taps(int at, int from, int to, Real radius, Real (*filter)(Real)) {
    const Real half = 0.5, scale = static_cast<Real>(from) / static_cast<Real>(to), wide = std::max(scale, Real(1)),
               support = radius * wide, centre = (static_cast<Real>(at) + half) * scale;
    const int first = std::max(0, static_cast<int>(centre - support + half));
    const int end = std::min(from, static_cast<int>(centre + support + half));
    std::vector<Real> weights;
    for (int x = first; x < end; x++) weights.push_back(filter((static_cast<Real>(x) - centre + half) / wide));
    const Real sum = std::accumulate(weights.begin(), weights.end(), Real(0));
    Taps taps{first, {}};
    for (const Real weight : weights) taps.weights.push_back(static_cast<double>(weight / sum));
    return taps;
}

Taps taps_of(int at, int from, int to, Resizer resizer) {
    const float scale = static_cast<float>(from) / static_cast<float>(to);
    switch (resizer) {
        case Resizer::kTorchBilinear:
            return two_taps(std::max(0.0F, scale * (static_cast<float>(at) + 0.5F) - 0.5F), from);
        case Resizer::kTorchBilinearAntialiased:
            return wide_taps<float>(at, from, to, 1, triangle<float>);
        case Resizer::kPillowBicubic:
            return wide_taps<double>(at, from, to, 2, cubic<double>);
        case Resizer::kTensorFlow1Bilinear:
            break;
    }
    return two_taps(static_cast<float>(at) * scale, from);
}

std::vector<Taps> all_taps(int from, int to, Resizer resizer) {
    std::vector<Taps> all;
    for (int at = 0; at < to; at++) all.push_back(taps_of(at, from, to, resizer));
    return all;
}

void resample_row(const float* row, int channels, const std::vector<Taps>& taps, float* to) {
    for (const auto& one : taps) {
        for (int c = 0; c < channels; c++) {
            double sum = 0;
            const float* pixel = row + one.first * channels + c;
            for (const double weight : one.weights) {
                sum += weight * static_cast<double>(*pixel);
                pixel += channels;
            }
            *to++ = static_cast<float>(sum);
        }
    }
}

BFR_TARGET_CLONES
void add_row(const float* __restrict row, double weight, size_t count, double* __restrict sums) {
    for (size_t i = 0; i < count; i++) sums[i] += weight * static_cast<double>(row[i]);
}

}  // namespace

std::string_view to_string(Resizer resizer) {
    switch (resizer) {
        case Resizer::kTorchBilinear:
            return "torch-bilinear";
        case Resizer::kTorchBilinearAntialiased:
            return "torch-bilinear-antialiased";
        case Resizer::kPillowBicubic:
            return "pillow-bicubic";
        case Resizer::kTensorFlow1Bilinear:
            break;
    }
    return "tensorflow1-bilinear";
}

std::vector<float> resampled(std::span<const float> pixels, int width, int height, int channels, int to_width,
                             int to_height, Resizer resizer) {
    BFR_CHECK(
        width > 0 && height > 0 && to_width > 0 && to_height > 0 &&
            pixels.size() == static_cast<size_t>(width) * static_cast<size_t>(height) * static_cast<size_t>(channels),
        "{} values are no {}x{} picture of {} channels", pixels.size(), width, height, channels);
    const size_t from_stride = static_cast<size_t>(width) * static_cast<size_t>(channels),
                 stride = static_cast<size_t>(to_width) * static_cast<size_t>(channels);
    const auto along = all_taps(width, to_width, resizer), across = all_taps(height, to_height, resizer);
    std::vector<float> narrow(stride * static_cast<size_t>(height));
    for (size_t y = 0; y < static_cast<size_t>(height); y++)
        resample_row(pixels.data() + y * from_stride, channels, along, narrow.data() + y * stride);
    std::vector<float> result(stride * static_cast<size_t>(to_height));
    std::vector<double> sums(stride);
    float* to = result.data();
    for (const auto& taps : across) {
        std::ranges::fill(sums, 0.0);
        const float* row = narrow.data() + static_cast<size_t>(taps.first) * stride;
        for (const double weight : taps.weights) {
            add_row(row, weight, stride, sums.data());
            row += stride;
        }
        to = std::ranges::transform(sums, to, [](double sum) { return static_cast<float>(sum); }).out;
    }
    return result;
}

}  // namespace bfr

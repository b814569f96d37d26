#include "nets/ops/spade.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/error.h"
#include "nets/kernels/lanes.h"
#include "nets/ops/channel_moments.h"
#include "nets/ops/empty_picture.h"
#include "nets/ops/finish.h"

namespace bfr::nets {

namespace {

constexpr double kEpsilon = 1e-5;

struct Normalisation {
    std::vector<float> scale, shift;
};

Normalisation normalisation_of(const float* pixels, int64_t count, int64_t channels) {
    const auto whole = static_cast<size_t>(whole_lanes(channels));
    Normalisation result{std::vector<float>(whole), std::vector<float>(whole)};
    const auto moments = channel_moments(pixels, count, channels);
    for (size_t c = 0; c < moments.size(); c++) {
        const double factor = 1 / std::sqrt(moments[c].sum_of_squares / static_cast<double>(count) + kEpsilon);
        result.scale[c] = static_cast<float>(factor);
        result.shift[c] = static_cast<float>(-moments[c].mean * factor);
    }
    return result;
}

BFR_TARGET_CLONES void apply(const float* x, const float* maps, const Normalisation& norm, int64_t channels,
                             float slope, int64_t begin, int64_t end, float* to) {
    for (int64_t pixel = begin; pixel < end; pixel++) {
        const float* const gamma = maps + 2 * pixel * channels;
        for (int64_t c = 0; c < channels; c += kLanes) {
            const int64_t count = std::min(kLanes, channels - c), at = pixel * channels + c;
            Lanes v, times, plus;
            load(v, x + at, count);
            load(times, gamma + c, count);
            load(plus, gamma + channels + c, count);
            v = (v * *reinterpret_cast<const Lanes*>(norm.scale.data() + c) +
                 *reinterpret_cast<const Lanes*>(norm.shift.data() + c)) *
                    times +
                plus;
            v = v > Lanes{} ? v : slope * v;
            store(to + at, v, count);
        }
    }
}

}  // namespace

at::Tensor spade(const at::Tensor& given, const at::Tensor& maps_given, double slope) {
    const int64_t batch = given.size(0), channels = given.size(1), height = given.size(2), width = given.size(3),
                  pixels = height * width;
    BFR_CHECK(maps_given.size(0) == batch && maps_given.size(1) == 2 * channels && maps_given.size(2) == height &&
                  maps_given.size(3) == width && pixels > 0,
              "maps of {} channels at {}x{} for {} at {}x{}", maps_given.size(1), maps_given.size(3),
              maps_given.size(2), channels, width, height);
    if (!runs_kernels(given)) {
        const at::Tensor normed = at::group_norm(given.contiguous(), channels, {}, {}, kEpsilon);
        const auto halves = maps_given.chunk(2, 1);
        return at::leaky_relu(normed * halves[0] + halves[1], slope);
    }
    const at::Tensor x = given.contiguous(at::MemoryFormat::ChannelsLast),
                     maps = maps_given.contiguous(at::MemoryFormat::ChannelsLast),
                     to = empty_picture(batch, channels, height, width);
    for (int64_t item = 0; item < batch; item++) {
        const int64_t first = item * channels * pixels;
        const Normalisation norm = normalisation_of(x.data_ptr<float>() + first, pixels, channels);
        at::parallel_for(0, pixels, 256, [&](int64_t begin, int64_t end) {
            apply(x.data_ptr<float>() + first, maps.data_ptr<float>() + 2 * first, norm, channels,
                  static_cast<float>(slope), begin, end, to.data_ptr<float>() + first);
        });
    }
    return to;
}

}  // namespace bfr::nets

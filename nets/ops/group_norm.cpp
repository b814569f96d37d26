#include "nets/ops/group_norm.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/error.h"
#include "nets/conv.h"
#include "nets/kernels/exponential.h"
#include "nets/ops/channel_moments.h"
#include "nets/ops/empty_picture.h"
#include "nets/ops/finish.h"

namespace bfr::nets {

namespace {

struct Plane {
    const float* pixels;
    int64_t count, channels;
};

template <bool kSwish>
BFR_INLINE void scaled(const Plane& plane, const float* scale, const float* shift, int64_t begin, int64_t end,
                       float* to) {
    const int64_t channels = plane.channels;
    for (int64_t pixel = begin; pixel < end; pixel++) {
        for (int64_t c = 0; c < channels; c += kLanes) {
            const int64_t count = std::min(kLanes, channels - c), at = pixel * channels + c;
            Lanes v;
            load(v, plane.pixels + at, count);
            v = v * *reinterpret_cast<const Lanes*>(scale + c) + *reinterpret_cast<const Lanes*>(shift + c);
            if (kSwish) swish_lanes(v);
            store(to + at, v, count);
        }
    }
}

BFR_TARGET_CLONES void apply_plain(const Plane& plane, const float* scale, const float* shift, int64_t begin,
                                   int64_t end, float* to) {
    scaled<false>(plane, scale, shift, begin, end, to);
}
BFR_TARGET_CLONES void apply_swish(const Plane& plane, const float* scale, const float* shift, int64_t begin,
                                   int64_t end, float* to) {
    scaled<true>(plane, scale, shift, begin, end, to);
}

// What each channel is multiplied by, and what is added then.
struct Line {
    std::vector<float> scale, shift;
};

Line line_of(const std::vector<ChannelMoment>& moments, int64_t pixels, const float* weight, const float* bias,
             const GroupNormOptions& options) {
    const auto channels = static_cast<int64_t>(moments.size()), each = channels / options.groups;
    Line line{std::vector<float>(static_cast<size_t>(whole_lanes(channels))),
              std::vector<float>(static_cast<size_t>(whole_lanes(channels)))};
    for (int64_t first = 0; first < channels; first += each) {
        double mean = 0, squares = 0;
        for (int64_t c = first; c < first + each; c++) mean += moments[static_cast<size_t>(c)].mean;
        mean /= static_cast<double>(each);
        for (int64_t c = first; c < first + each; c++) {
            const auto& one = moments[static_cast<size_t>(c)];
            squares += one.sum_of_squares + static_cast<double>(pixels) * (one.mean - mean) * (one.mean - mean);
        }
        const double factor = 1 / std::sqrt(squares / static_cast<double>(each * pixels) + options.epsilon);
        for (int64_t c = first; c < first + each; c++) {
            const double scale = factor * static_cast<double>(weight[c]);
            line.scale[static_cast<size_t>(c)] = static_cast<float>(scale);
            line.shift[static_cast<size_t>(c)] = static_cast<float>(static_cast<double>(bias[c]) - mean * scale);
        }
    }
    return line;
}

// The same for all pictures, or each one's own.
bool fits(const at::Tensor& values, const at::Tensor& x) {
    const bool of_each = values.dim() == 2 && values.size(0) == x.size(0) && values.size(1) == x.size(1);
    return (of_each || (values.dim() == 1 && values.size(0) == x.size(1))) && values.is_contiguous() &&
           values.scalar_type() == at::kFloat;
}

at::Tensor by_operations(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                         const GroupNormOptions& options) {
    // LibTorch 1.13 loses two digits of the variance of a large channels-last picture, and takes no bfloat16 picture
    // with float32 weights
    const at::Tensor plain = at_least_float(x).contiguous();
    if (weight.dim() == 1) return at::group_norm(plain, options.groups, weight, bias, options.epsilon);
    const at::Tensor normed = at::group_norm(plain, options.groups, {}, {}, options.epsilon);
    return normed * weight.unsqueeze(2).unsqueeze(3) + bias.unsqueeze(2).unsqueeze(3);
}

}  // namespace

at::Tensor group_norm(const at::Tensor& given, const at::Tensor& weight, const at::Tensor& bias,
                      const GroupNormOptions& options) {
    if (!runs_kernels(given)) {
        const at::Tensor y = by_operations(given, weight, bias, options)
                                 .to(given.scalar_type(), false, false, given.suggest_memory_format());
        return options.swish ? at::silu(y) : y;
    }
    const int64_t channels = given.size(1), height = given.size(2), width = given.size(3), pixels = height * width;
    BFR_CHECK(fits(weight, given) && fits(bias, given) && weight.dim() == bias.dim() && channels % options.groups == 0,
              "{} channels in {} groups, normalised with {} and {} values", channels, options.groups, weight.numel(),
              bias.numel());
    BFR_CHECK(pixels > 0, "a picture without pixels has no mean");
    const at::Tensor x = given.contiguous(at::MemoryFormat::ChannelsLast);
    const at::Tensor to = options.in_place ? x : empty_picture(x.size(0), channels, height, width);
    for (int64_t item = 0; item < x.size(0); item++) {
        const Plane plane{x.data_ptr<float>() + item * channels * pixels, pixels, channels};
        const int64_t row = weight.dim() == 2 ? item * channels : 0;
        const Line line = line_of(channel_moments(plane.pixels, pixels, channels), pixels,
                                  weight.data_ptr<float>() + row, bias.data_ptr<float>() + row, options);
        float* const result = to.data_ptr<float>() + item * channels * pixels;
        at::parallel_for(0, pixels, 256, [&](int64_t begin, int64_t end) {
            (options.swish ? apply_swish : apply_plain)(plane, line.scale.data(), line.shift.data(), begin, end,
                                                        result);
        });
    }
    return to;
}

}  // namespace bfr::nets

#include "nets/ops/group_norm.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/error.h"
#include "nets/kernels/exponential.h"
#include "nets/ops/empty_picture.h"
#include "nets/ops/finish.h"

namespace bfr::nets {

namespace {

constexpr int64_t kChunk = 32;           // pixels that are summed up in registers
constexpr int64_t kBlock = 32 * kChunk;  // pixels whose sums are floats: what is between blocks is added as doubles

struct Plane {
    const float* pixels;
    int64_t count, channels;
};

// Of pixels [begin, end): sums of x - first and of its square, channel by channel; `first` is the picture's first
// pixel. That far from zero a variance isn't lost in the mean's square.
BFR_TARGET_CLONES void block_sums(const Plane& plane, int64_t begin, int64_t end, float* sums, float* squares) {
    const int64_t channels = plane.channels;
    for (int64_t c = 0; c < channels; c += kLanes) {
        const int64_t count = std::min(kLanes, channels - c);
        Lanes first, sum = {}, square = {};
        load(first, plane.pixels + c, count);
        for (int64_t chunk = begin; chunk < end; chunk += kChunk) {
            Lanes some = {}, some_squares = {};
            for (int64_t pixel = chunk; pixel < std::min(end, chunk + kChunk); pixel++) {
                Lanes v;
                load(v, plane.pixels + pixel * channels + c, count);
                v -= first;
                some += v;
                some_squares += v * v;
            }
            sum += some;
            square += some_squares;
        }
        store(sums + c, sum, count);
        store(squares + c, square, count);
    }
}

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

struct Moment {
    double mean, sum_of_squares;  // of the deviations from it
};

// Of each channel.
std::vector<Moment> moments_of(const Plane& plane) {
    const int64_t channels = plane.channels, blocks = (plane.count + kBlock - 1) / kBlock;
    std::vector<float> sums(static_cast<size_t>(2 * blocks * channels));
    at::parallel_for(0, blocks, 1, [&](int64_t begin, int64_t end) {
        for (int64_t block = begin; block < end; block++) {
            float* const to = sums.data() + 2 * block * channels;
            block_sums(plane, block * kBlock, std::min(plane.count, (block + 1) * kBlock), to, to + channels);
        }
    });
    std::vector<Moment> moments;
    const auto n = static_cast<double>(plane.count);
    for (int64_t c = 0; c < channels; c++) {
        double sum = 0, squares = 0;
        for (int64_t block = 0; block < blocks; block++) {
            sum += static_cast<double>(sums[static_cast<size_t>(2 * block * channels + c)]);
            squares += static_cast<double>(sums[static_cast<size_t>((2 * block + 1) * channels + c)]);
        }
        moments.push_back({static_cast<double>(plane.pixels[c]) + sum / n, squares - sum * sum / n});
    }
    return moments;
}

// What each channel is multiplied by, and what is added then.
struct Line {
    std::vector<float> scale, shift;
};

Line line_of(const std::vector<Moment>& moments, int64_t pixels, const float* weight, const float* bias,
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
    // LibTorch 1.13 loses two digits of the variance of a large channels-last picture
    const at::Tensor plain = x.contiguous();
    if (weight.dim() == 1) return at::group_norm(plain, options.groups, weight, bias, options.epsilon);
    const at::Tensor normed = at::group_norm(plain, options.groups, {}, {}, options.epsilon);
    return normed * weight.unsqueeze(2).unsqueeze(3) + bias.unsqueeze(2).unsqueeze(3);
}

}  // namespace

at::Tensor group_norm(const at::Tensor& given, const at::Tensor& weight, const at::Tensor& bias,
                      const GroupNormOptions& options) {
    if (!runs_kernels(given)) {
        const at::Tensor y = by_operations(given, weight, bias, options).contiguous(given.suggest_memory_format());
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
        const Line line =
            line_of(moments_of(plane), pixels, weight.data_ptr<float>() + row, bias.data_ptr<float>() + row, options);
        float* const result = to.data_ptr<float>() + item * channels * pixels;
        at::parallel_for(0, pixels, 256, [&](int64_t begin, int64_t end) {
            (options.swish ? apply_swish : apply_plain)(plane, line.scale.data(), line.shift.data(), begin, end,
                                                        result);
        });
    }
    return to;
}

}  // namespace bfr::nets

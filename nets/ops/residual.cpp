#include "nets/ops/residual.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "base/error.h"
#include "base/target_clones.h"
#include "nets/ops/empty_picture.h"
#include "nets/ops/finish.h"

namespace bfr::nets {

namespace {

// A picture's pixels, channels-last.
struct Part {
    const float* values;
    int64_t channels;
};

BFR_TARGET_CLONES void add_joined(const std::array<Part, 3>& parts, const float* x, int64_t begin, int64_t end,
                                  float* to) {
    const int64_t channels = parts[0].channels + parts[1].channels + parts[2].channels;
    for (int64_t pixel = begin; pixel < end; pixel++) {
        const float* add = x + pixel * channels;
        float* result = to + pixel * channels;
        for (const Part& part : parts) {
            const float* const values = part.values + pixel * part.channels;
            for (int64_t c = 0; c < part.channels; c++) result[c] = values[c] + add[c];
            add += part.channels;
            result += part.channels;
        }
    }
}

// Rows [begin, end) of the result.
BFR_TARGET_CLONES void add_doubled(const float* x, const float* small, int64_t width, int64_t channels, int64_t begin,
                                   int64_t end, float* to) {
    for (int64_t y = begin; y < end; y++) {
        const float* const below = small + y / 2 * (width / 2) * channels;
        for (int64_t column = 0; column < width; column++) {
            const int64_t at = (y * width + column) * channels;
            const float* const add = below + column / 2 * channels;
            for (int64_t c = 0; c < channels; c++) to[at + c] = x[at + c] + add[c];
        }
    }
}

at::Tensor channels_last(const at::Tensor& x) { return x.contiguous(at::MemoryFormat::ChannelsLast); }

}  // namespace

at::Tensor joined_plus(const std::array<at::Tensor, 3>& parts, const at::Tensor& given) {
    if (!runs_kernels(given)) return at::cat({parts[0], parts[1], parts[2]}, 1) + given;
    const at::Tensor x = channels_last(given), a = channels_last(parts[0]), b = channels_last(parts[1]),
                     c = channels_last(parts[2]);
    BFR_CHECK(a.size(1) + b.size(1) + c.size(1) == x.size(1), "{}, {} and {} channels plus {}", a.size(1), b.size(1),
              c.size(1), x.size(1));
    at::Tensor to = empty_picture(x.size(0), x.size(1), x.size(2), x.size(3));
    const std::array<Part, 3> pixels = {
        {{a.data_ptr<float>(), a.size(1)}, {b.data_ptr<float>(), b.size(1)}, {c.data_ptr<float>(), c.size(1)}}};
    const float* const add = x.data_ptr<float>();
    float* const result = to.data_ptr<float>();
    at::parallel_for(0, x.size(0) * x.size(2) * x.size(3), 256,
                     [&](int64_t begin, int64_t end) { add_joined(pixels, add, begin, end, result); });
    return to;
}

at::Tensor plus_doubled(const at::Tensor& given, const at::Tensor& small_given) {
    if (!runs_kernels(given)) return given + at::upsample_nearest2d(small_given, {given.size(2), given.size(3)});
    const at::Tensor x = channels_last(given), small = channels_last(small_given);
    const int64_t channels = x.size(1), height = x.size(2), width = x.size(3);
    BFR_CHECK(small.size(0) == x.size(0) && small.size(1) == channels && 2 * small.size(2) == height &&
                  2 * small.size(3) == width,
              "a picture of {}x{} plus one of {}x{}, doubled", width, height, small.size(3), small.size(2));
    at::Tensor to = empty_picture(x.size(0), x.size(1), x.size(2), x.size(3));
    // the rows of all pictures: those of one lie behind those of the one before, in both
    at::parallel_for(0, x.size(0) * height, 8, [&](int64_t begin, int64_t end) {
        add_doubled(x.data_ptr<float>(), small.data_ptr<float>(), width, channels, begin, end, to.data_ptr<float>());
    });
    return to;
}

}  // namespace bfr::nets

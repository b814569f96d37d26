#include "nets/ops/rearrange.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/error.h"
#include "nets/ops/empty_picture.h"
#include "nets/ops/finish.h"

namespace bfr::nets {

namespace {

at::Tensor channels_last(const at::Tensor& x) { return x.contiguous(at::MemoryFormat::ChannelsLast); }

void copy(float* to, const float* from, int64_t count) {
    std::memcpy(to, from, static_cast<size_t>(count) * sizeof(float));
}

}  // namespace

at::Tensor doubled(const at::Tensor& given) {
    const int64_t height = given.size(2), width = given.size(3), channels = given.size(1);
    if (!runs_kernels(given)) return at::upsample_nearest2d(given, {2 * height, 2 * width});
    const at::Tensor x = channels_last(given);
    const at::Tensor to = empty_picture(x.size(0), channels, 2 * height, 2 * width);
    const int64_t line = width * channels;
    at::parallel_for(0, x.size(0) * height, 4, [&](int64_t begin, int64_t end) {
        for (int64_t row = begin; row < end; row++) {
            const float* const from = x.data_ptr<float>() + row * line;
            float* const first = to.data_ptr<float>() + 4 * row * line;
            for (int64_t pixel = 0; pixel < width; pixel++) {
                copy(first + 2 * pixel * channels, from + pixel * channels, channels);
                copy(first + (2 * pixel + 1) * channels, from + pixel * channels, channels);
            }
            copy(first + 2 * line, first, 2 * line);
        }
    });
    return to;
}

at::Tensor reflected(const at::Tensor& given) {
    const int64_t height = given.size(2), width = given.size(3), channels = given.size(1);
    BFR_CHECK(height > 1 && width > 1, "a picture of {}x{} has nothing to reflect", width, height);
    if (!runs_kernels(given)) return at::reflection_pad2d(given, {1, 1, 1, 1});
    const at::Tensor x = channels_last(given);
    const at::Tensor to = empty_picture(x.size(0), channels, height + 2, width + 2);
    const int64_t line = width * channels, line_to = line + 2 * channels;
    at::parallel_for(0, x.size(0) * (height + 2), 4, [&](int64_t begin, int64_t end) {
        for (int64_t row = begin; row < end; row++) {
            const int64_t item = row / (height + 2), y = std::abs(row % (height + 2) - 1);
            const float* const from = x.data_ptr<float>() + (item * height + std::min(y, 2 * height - 2 - y)) * line;
            float* const result = to.data_ptr<float>() + row * line_to;
            copy(result, from + channels, channels);
            copy(result + channels, from, line);
            copy(result + channels + line, from + line - 2 * channels, channels);
        }
    });
    return to;
}

at::Tensor joined(const at::Tensor& a_given, const at::Tensor& b_given) {
    if (!runs_kernels(a_given)) return at::cat({a_given, b_given}, 1);
    const at::Tensor a = channels_last(a_given), b = channels_last(b_given);
    BFR_CHECK(a.size(0) == b.size(0) && a.size(2) == b.size(2) && a.size(3) == b.size(3),
              "pictures of {}x{} and {}x{} can't be joined", a.size(3), a.size(2), b.size(3), b.size(2));
    const int64_t m = a.size(1), n = b.size(1);
    const at::Tensor to = empty_picture(a.size(0), m + n, a.size(2), a.size(3));
    at::parallel_for(0, a.size(0) * a.size(2) * a.size(3), 256, [&](int64_t begin, int64_t end) {
        for (int64_t pixel = begin; pixel < end; pixel++) {
            float* const result = to.data_ptr<float>() + pixel * (m + n);
            copy(result, a.data_ptr<float>() + pixel * m, m);
            copy(result + m, b.data_ptr<float>() + pixel * n, n);
        }
    });
    return to;
}

}  // namespace bfr::nets

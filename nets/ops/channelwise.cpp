#include "nets/ops/channelwise.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>

#include "nets/kernels/exponential.h"
#include "nets/ops/finish.h"

namespace bfr::nets {

namespace {

template <bool kSwish>
BFR_INLINE void sigmoids(const float* from, float* to, int64_t count) {
    for (int64_t i = 0; i < count; i += kLanes) {
        const int64_t some = std::min(kLanes, count - i);
        Lanes v;
        load(v, from + i, some);
        Lanes e = -v;
        exponential(e);
        store(to + i, (kSwish ? v : Lanes{} + 1.0F) / (1.0F + e), some);
    }
}

BFR_TARGET_CLONES void swish_values(const float* from, float* to, int64_t count) { sigmoids<true>(from, to, count); }
BFR_TARGET_CLONES void sigmoid_values(const float* from, float* to, int64_t count) { sigmoids<false>(from, to, count); }

at::Tensor by_values(const at::Tensor& given, void (*values)(const float*, float*, int64_t)) {
    const at::Tensor x = given.is_non_overlapping_and_dense() ? given : given.contiguous();
    at::Tensor to = at::empty_like(x);
    const float* const from = x.data_ptr<float>();
    float* const result = to.data_ptr<float>();
    at::parallel_for(0, x.numel(), 1 << 14,
                     [&](int64_t begin, int64_t end) { values(from + begin, result + begin, end - begin); });
    return to;
}

// Rows are summed up on their own first: less is lost than in one long sum.
BFR_TARGET_CLONES void means(const float* picture, int64_t height, int64_t width, int64_t channels, float* to) {
    for (int64_t c = 0; c < channels; c += kLanes) {
        const int64_t count = std::min(kLanes, channels - c);
        Lanes sum = {};
        for (int64_t y = 0; y < height; y++) {
            Lanes row = {};
            for (int64_t x = 0; x < width; x++) {
                Lanes v;
                load(v, picture + (y * width + x) * channels + c, count);
                row += v;
            }
            sum += row;
        }
        store(to + c, sum / static_cast<float>(height * width), count);
    }
}

}  // namespace

at::Tensor swish(const at::Tensor& x) { return runs_kernels(x) ? by_values(x, swish_values) : at::silu(x); }
at::Tensor logistic(const at::Tensor& x) { return runs_kernels(x) ? by_values(x, sigmoid_values) : at::sigmoid(x); }

at::Tensor spatial_mean(const at::Tensor& given) {
    if (!runs_kernels(given)) return given.mean({2, 3}, true);
    const at::Tensor x = given.contiguous(at::MemoryFormat::ChannelsLast);
    const int64_t channels = x.size(1), height = x.size(2), width = x.size(3);
    at::Tensor to = at::empty({x.size(0), channels, 1, 1}, x.options());
    for (int64_t item = 0; item < x.size(0); item++) {
        means(x.data_ptr<float>() + item * channels * height * width, height, width, channels,
              to.data_ptr<float>() + item * channels);
    }
    return to;
}

}  // namespace bfr::nets

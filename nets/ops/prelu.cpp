#include "nets/ops/prelu.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "base/target_clones.h"
#include "nets/ops/finish.h"

namespace bfr::nets {

namespace {

BFR_TARGET_CLONES void prelu_pixels(float* x, const float* slope, int64_t pixels, int64_t channels) {
    for (int64_t i = 0; i < pixels; i++) {
        float* pixel = x + i * channels;
        for (int64_t c = 0; c < channels; c++) pixel[c] = pixel[c] > 0 ? pixel[c] : slope[c] * pixel[c];
    }
}

}  // namespace

Tensor prelu(Tensor x, const Tensor& slope) {
    if (!runs_kernels(x)) return at::prelu(x, slope);
    x = x.contiguous(at::MemoryFormat::ChannelsLast);
    const Tensor slopes = slope.contiguous();
    const int64_t channels = x.size(1);
    float* data = x.data_ptr<float>();
    at::parallel_for(0, x.numel() / channels, 1024, [&](int64_t begin, int64_t end) {
        prelu_pixels(data + begin * channels, slopes.data_ptr<float>(), end - begin, channels);
    });
    return x;
}

}  // namespace bfr::nets

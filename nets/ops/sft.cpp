#include "nets/ops/sft.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "base/error.h"
#include "base/target_clones.h"
#include "nets/ops/finish.h"

namespace bfr::nets {

namespace {

BFR_TARGET_CLONES void transform(float* x, const float* scale, const float* shift, int64_t pixels, int64_t half) {
    for (int64_t pixel = 0; pixel < pixels; pixel++) {
        float* const to = x + (2 * pixel + 1) * half;
        const float *s = scale + pixel * half, *t = shift + pixel * half;
        for (int64_t c = 0; c < half; c++) to[c] = to[c] * s[c] + t[c];
    }
}

}  // namespace

at::Tensor half_transformed(const at::Tensor& given, const at::Tensor& scale, const at::Tensor& shift) {
    const int64_t half = scale.size(1);
    BFR_CHECK(given.size(1) == 2 * half && scale.sizes() == shift.sizes() && given.size(2) == scale.size(2) &&
                  given.size(3) == scale.size(3) && given.size(0) == scale.size(0),
              "half of {} channels can't be transformed by {}", given.size(1), half);
    if (!runs_kernels(given))
        return at::cat({given.narrow(1, 0, half), given.narrow(1, half, half) * scale + shift}, 1);
    const at::Tensor x = given.contiguous(at::MemoryFormat::ChannelsLast),
                     s = scale.contiguous(at::MemoryFormat::ChannelsLast),
                     t = shift.contiguous(at::MemoryFormat::ChannelsLast);
    at::parallel_for(0, x.size(0) * x.size(2) * x.size(3), 256, [&](int64_t begin, int64_t end) {
        transform(x.data_ptr<float>() + 2 * begin * half, s.data_ptr<float>() + begin * half,
                  t.data_ptr<float>() + begin * half, end - begin, half);
    });
    return x;
}

}  // namespace bfr::nets

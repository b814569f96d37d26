#include "nets/ops/packed_depthwise.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

#include "base/error.h"
#include "nets/kernels/depthwise.h"
#include "nets/ops/picture_finish.h"

namespace bfr::nets {

PackedDepthwise::PackedDepthwise(const Tensor& weight) : channels_(weight.size(0)), kernel_(weight.size(2)) {
    BFR_CHECK(weight.dim() == 4 && weight.size(1) == 1 && weight.size(2) == weight.size(3),
              "weights must be (channels, 1, k, k)");
    const at::NoGradGuard no_grad;
    weights_ = at::zeros({kernel_ * kernel_, whole_lanes(channels_)});
    weights_.narrow(1, 0, channels_).copy_(weight.view({channels_, kernel_ * kernel_}).t());
}

Tensor PackedDepthwise::operator()(const Tensor& given, int64_t stride, const DepthwiseBorder& border,
                                   const Finish& with) const {
    BFR_CHECK(runs_kernels(given), "packed weights serve float32 on the CPU, without gradients");
    BFR_CHECK(given.dim() == 4 && given.size(1) == channels_, "a picture of {} channels is needed", channels_);
    const Tensor x = given.contiguous(at::MemoryFormat::ChannelsLast);
    const auto side = [&](int64_t in) { return (in + border.before + border.after - kernel_) / stride + 1; };
    const DepthwiseShape shape{x.size(2),       x.size(3), channels_, side(x.size(2)),
                               side(x.size(3)), kernel_,   stride,    border.before};
    Tensor to = at::empty({x.size(0), channels_, shape.out_height, shape.out_width},
                          x.options().memory_format(at::MemoryFormat::ChannelsLast));
    for (int64_t item = 0; item < x.size(0); item++) {
        const PictureFinish finish(with, item, channels_, shape.out_height, shape.out_width);
        const float* const from = x.data_ptr<float>() + item * channels_ * shape.height * shape.width;
        const ConvOutput result{to.data_ptr<float>() + item * channels_ * shape.out_height * shape.out_width, channels_,
                                0, finish.epilogue()};
        at::parallel_for(0, shape.out_height, 4, [&](int64_t begin, int64_t end) {
            depthwise_rows(shape, from, weights_.data_ptr<float>(), begin, end, result);
        });
    }
    return to;
}

}  // namespace bfr::nets

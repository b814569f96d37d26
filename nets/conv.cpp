#include "nets/conv.h"

#include <ATen/ATen.h>

namespace bfr::nets {

namespace {

thread_local at::ScalarType conv_type = at::kFloat;

at::Tensor as(at::ScalarType type, const at::Tensor& x) {
    return x.defined() && x.scalar_type() != at::kDouble ? x.to(type) : x;
}

// oneDNN 2.6's gradient of a dilated convolution's weight has memory in it that nobody set, in bfloat16 on the CPU
// where the input's channels are no multiple of 16.
bool only_in_float(const at::Tensor& x, const ConvShape& shape) {
    return shape.dilation != std::array<int64_t, 2>{1, 1} && x.size(1) % 16 != 0 && x.device().is_cpu();
}

// A product of matrices, for which LibTorch's convolution has no fast path where the batch is small.
bool is_product(const at::Tensor& x, const at::Tensor& weight, const ConvShape& shape) {
    return weight.size(2) == 1 && weight.size(3) == 1 && shape.stride == std::array<int64_t, 2>{1, 1} &&
           shape.padding == std::array<int64_t, 2>{0, 0} && shape.groups == 1 &&
           x.is_contiguous(at::MemoryFormat::ChannelsLast) && x.scalar_type() == at::kFloat && x.device().is_cpu();
}

at::Tensor plain(const at::Tensor& x, const at::Tensor& weight, const ConvShape& shape, const at::Tensor& bias) {
    return at::conv2d(x, weight, bias, at::IntArrayRef(shape.stride), at::IntArrayRef(shape.padding),
                      at::IntArrayRef(shape.dilation), shape.groups);
}

}  // namespace

at::Tensor conv2d(const at::Tensor& x, const at::Tensor& weight, const ConvShape& shape, const at::Tensor& bias) {
    if (conv_type == at::kFloat) {
        if (!is_product(x, weight, shape)) return plain(x, weight, shape, bias);
        return at::linear(x.permute({0, 2, 3, 1}), weight.flatten(1), bias).permute({0, 3, 1, 2});
    }
    const auto type = only_in_float(x, shape) ? at::kFloat : conv_type;
    return as(conv_type, plain(as(type, x), as(type, weight), shape, as(type, bias)));
}

ConvType::ConvType(at::ScalarType type) : before_(std::exchange(conv_type, type)) {}

ConvType::~ConvType() { conv_type = before_; }

at::Tensor at_least_float(const at::Tensor& x) {
    const bool reduced = x.scalar_type() == at::kBFloat16 || x.scalar_type() == at::kHalf;
    return reduced ? x.to(at::kFloat) : x;
}

}  // namespace bfr::nets

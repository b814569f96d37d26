#include "nets/conv.h"

#include <ATen/ATen.h>

namespace bfr::nets {

namespace {

thread_local at::ScalarType conv_type = at::kFloat;

at::Tensor as_conv_type(const at::Tensor& x) {
    return x.defined() && x.scalar_type() == at::kFloat ? x.to(conv_type) : x;
}

// A product of matrices, for which LibTorch's convolution has no fast path where the batch is small.
bool is_product(const at::Tensor& x, const at::Tensor& weight, const ConvShape& shape) {
    return weight.size(2) == 1 && weight.size(3) == 1 && shape.stride == std::array<int64_t, 2>{1, 1} &&
           shape.padding == std::array<int64_t, 2>{0, 0} && shape.groups == 1 &&
           x.is_contiguous(at::MemoryFormat::ChannelsLast) && x.scalar_type() == at::kFloat && x.device().is_cpu();
}

}  // namespace

at::Tensor conv2d(const at::Tensor& x, const at::Tensor& weight, const ConvShape& shape, const at::Tensor& bias) {
    if (conv_type == at::kFloat && is_product(x, weight, shape))
        return at::linear(x.permute({0, 2, 3, 1}), weight.flatten(1), bias).permute({0, 3, 1, 2});
    return at::conv2d(as_conv_type(x), as_conv_type(weight), as_conv_type(bias), at::IntArrayRef(shape.stride),
                      at::IntArrayRef(shape.padding), at::IntArrayRef(shape.dilation), shape.groups);
}

ConvType::ConvType(at::ScalarType type) : before_(std::exchange(conv_type, type)) {}

ConvType::~ConvType() { conv_type = before_; }

bool is_reduced(const at::Tensor& x) { return x.scalar_type() == at::kBFloat16 || x.scalar_type() == at::kHalf; }

at::Tensor at_least_float(const at::Tensor& x) { return is_reduced(x) ? x.to(at::kFloat) : x; }

}  // namespace bfr::nets

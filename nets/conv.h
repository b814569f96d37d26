// The 2-D convolution that networks use while gradients are recorded, and wherever their weights aren't packed.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>

namespace bfr::nets {

struct ConvShape {
    std::array<int64_t, 2> stride = {1, 1}, padding = {0, 0}, dilation = {1, 1};
    int64_t groups = 1;
};

// bias: (out), or undefined.
at::Tensor conv2d(const at::Tensor& x, const at::Tensor& weight, const ConvShape& shape = {},
                  const at::Tensor& bias = {});

// As long as it lives, conv2d() on this thread takes float32 tensors as `type`, in which its result stays: a network's
// pictures are of it then, while weights, codes, linear layers and what networks return are float32. Mixed precision
// training; several scopes nest.
class ConvType {
  public:
    explicit ConvType(at::ScalarType type);
    ~ConvType();
    ConvType(const ConvType&) = delete;
    ConvType& operator=(const ConvType&) = delete;

  private:
    at::ScalarType before_;
};

// float32 of bfloat16 and float16, else x itself.
at::Tensor at_least_float(const at::Tensor& x);

}  // namespace bfr::nets

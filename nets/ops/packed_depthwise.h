// A convolution of each channel by a filter of its own, whose weights lie as the CPU kernel reads them.
#pragma once

#include "nets/ops/finish.h"

namespace bfr::nets {

struct DepthwiseBorder {
    int64_t before = 0, after = 0;  // pixels of zeros above and to the left, below and to the right
};

// float32 on the CPU, without gradients. A result doesn't depend on the other pictures of a batch, nor on the number of
// threads, by a single bit.
class PackedDepthwise {
  public:
    PackedDepthwise() = default;
    explicit PackedDepthwise(const Tensor& weight);  // (channels, 1, kernel, kernel); not kept

    bool defined() const { return weights_.defined(); }
    // x: (B, channels, H, W) -> (B, channels, H', W'), channels-last.
    Tensor operator()(const Tensor& x, int64_t stride, const DepthwiseBorder& border, const Finish& with) const;

  private:
    int64_t channels_ = 0, kernel_ = 0;
    Tensor weights_;  // (kernel^2, channels rounded up to whole Lanes)
};

}  // namespace bfr::nets

#pragma once

#include <torch/nn/modules/batchnorm.h>

namespace bfr::nets {

// A batch normalisation in evaluation: y = scale x + shift, channel by channel.
struct Affine {
    Affine() = default;
    template <class BatchNorm>
    explicit Affine(const BatchNorm& norm)
        : scale(norm.weight * at::rsqrt(norm.running_var + norm.options.eps())),
          shift(norm.bias - norm.running_mean * scale) {}
    at::Tensor scale, shift;
};

}  // namespace bfr::nets

#pragma once

#include <gtest/gtest.h>
#include <torch/torch.h>

namespace bfr::nets {

inline at::Tensor drawn(at::IntArrayRef sizes, uint64_t seed) {
    at::manual_seed(seed);
    return at::randn(sizes);
}

// The largest difference, as a share of the largest value.
inline double difference(const at::Tensor& got, const at::Tensor& wanted) {
    EXPECT_EQ(got.sizes(), wanted.sizes());
    return ((got.to(at::kDouble) - wanted.to(at::kDouble)).abs().max() / wanted.abs().max()).item<double>();
}

}  // namespace bfr::nets

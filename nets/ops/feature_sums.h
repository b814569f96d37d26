// Sums over the pixels of channels-last features, in blocks whose order doesn't depend on threads.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "nets/kernels/feature_distance.h"

namespace bfr::nets {

// a, b: (B, C, H, W) of one shape, float32 on the CPU. The mean over a picture's pixels of normalised_distance();
// weights: C of them.
std::vector<double> mean_distance(const at::Tensor& a, const at::Tensor& b, const at::Tensor& weights);

// Each picture's C moments: means over its pixels.
std::vector<std::vector<Moments>> mean_moments(const at::Tensor& a, const at::Tensor& b);

}  // namespace bfr::nets

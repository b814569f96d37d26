#pragma once

#include <ATen/core/Tensor.h>

#include "datasets/degradations/parameters.h"

namespace bfr::train {

// datasets/degradations/jitter.h's arithmetic on float32 (3, H, W), RGB, values in [0,1].
at::Tensor jittered(const at::Tensor& rgb, const Jitter& jitter);

}  // namespace bfr::train

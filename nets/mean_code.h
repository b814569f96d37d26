#pragma once

#include <ATen/core/Tensor.h>

#include "weights/formats/checkpoint.h"

namespace bfr::nets {

// The mean code that a checkpoint of the e4e family carries (`latent_avg`), to be added to its encoder's codes:
// (1, codes, width), or (1, 1, width) where one stands for all. Zeros where the file's options say that its encoder
// doesn't start from it. Throws Error naming the file where it is missing, of another shape or not finite.
at::Tensor mean_code(const Checkpoint& checkpoint, int64_t codes, int64_t width);

}  // namespace bfr::nets

// finish() while gradients are recorded: one pass over the picture forward and one backward, instead of one for each
// operation and its gradient. float32 or bfloat16 on the CPU; sums over pixels are of float32 rows, added as doubles.
#pragma once

#include "nets/ops/finish.h"

namespace bfr::nets {

bool can_fuse(const Tensor& x, const Finish& with);

// finish() where can_fuse(). Second derivatives go through the plain operations.
Tensor fused_finish(const Tensor& x, const Finish& with);

// finish() as plain operations of LibTorch.
Tensor plain_finish(Tensor x, const Finish& with);

}  // namespace bfr::nets

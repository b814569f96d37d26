#pragma once

#include "nets/stylegan2_generator.h"
#include "weights/state_dict/state_dict.h"

namespace bfr::train {

// Changes a compact encoder's and its decoder's tensors so that the codes of the given faces have mean zero and
// deviation one in each number, and every picture stays what it was: a diffusion that starts from N(0, 1) then meets
// codes of its own size, and the mean code is zero. codes: (faces, codes, width).
void whiten_codes(const at::Tensor& codes, const nets::StyleGan2Options& sizes, StateDict& encoder, StateDict& decoder);

}  // namespace bfr::train

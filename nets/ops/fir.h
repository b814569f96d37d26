// Resampling with StyleGAN2's FIR filter, [1,3,3,1] x [1,3,3,1] / 64, and what surrounds it.
#pragma once

#include "nets/ops/packed_conv.h"

namespace bfr::nets {

// Doubles a picture's size: a transposed convolution of stride 2 (weight: (out, in, 3, 3)), the FIR times 4, and the
// finish. (B, in, H, W) -> (B, out, 2H, 2W). The transposed convolution is four ordinary ones, the FIR two 1-D filters.
Tensor up_conv(const Tensor& x, const Tensor& weight, const Finish& with);

Tensor up_conv(const Tensor& x, const PackedConv& conv, const InputScale& from, const Finish& with);
// Into channels from `first` on of `to`, (B, more channels, 2H, 2W) and channels-last.
void up_conv_into(Tensor& to, int64_t first, const Tensor& x, const PackedConv& conv, const InputScale& from,
                  const Finish& with);

// The FIR on x scaled by `scale` ((B, C), or undefined) and padded with zeros: (B, C, H + before + after - 3, ...).
Tensor fir(const Tensor& x, const Tensor& scale, int64_t before, int64_t after);

// Doubles a picture's size by zeros between the pixels and the FIR times 4: the skip path of the RGB outputs.
Tensor fir_upsample(const Tensor& x);

}  // namespace bfr::nets

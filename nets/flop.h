// Floating-point operations of one picture through a network, from its sizes alone: convolutions, linear layers and
// products of matrices, a multiply-add counted as two. What is done number by number, FIR filters, norms, resizing and
// the modulation of weights are left out. A transposed convolution has its taps once for each pixel that it takes.
#pragma once

#include <cstdint>

#include "nets/compact_style_encoder.h"
#include "nets/style_encoder.h"
#include "nets/stylegan2_generator.h"
#include "nets/unet.h"
#include "nets/vspbfr_code_diffuser.h"
#include "nets/vspbfr_restoration.h"

namespace bfr::nets {

int64_t flop_of(const StyleEncoderOptions& options);
int64_t flop_of(const CompactStyleEncoderOptions& options);
int64_t flop_of_scores(const StyleGan2Options& options);             // LinearPath::scores(); 0 where there is none
int64_t flop_of(const CodeDiffuserOptions& options, int64_t codes);  // one step
// As StyleGan2::forward() has `features` and `image`.
int64_t flop_of(const StyleGan2Options& options, int features, bool image);
int64_t flop_of(const RestorationOptions& options);  // without map()
int64_t flop_of_mapping(int64_t style_width, int layers);
int64_t flop_of(const UNetOptions& options, int64_t side);

}  // namespace bfr::nets

// The sizes of VSPBFR's networks, and of the U-Net that they are compared with, read off the shapes of their tensors:
// the published 1024/512 system and a compact one are one code. What a file says wrongly here, strict loading finds.
#pragma once

#include "nets/compact_style_encoder.h"
#include "nets/style_encoder.h"
#include "nets/stylegan2_discriminator.h"
#include "nets/stylegan2_generator.h"
#include "nets/unet.h"
#include "nets/vspbfr_code_diffuser.h"
#include "nets/vspbfr_restoration.h"
#include "weights/state_dict/state_dict.h"

namespace bfr::nets {

// Each throws Error naming `source` where a tensor that tells a size is missing, has another number of dimensions, or
// tells a size that no network of this kind has: whatever the file, making the network then takes no more than it can.
StyleEncoderOptions style_encoder_sizes(const StateDict& tensors, const std::string& source);
// `style_width`: of the decoder beside it, which the encoder's own shapes don't tell.
CompactStyleEncoderOptions compact_style_encoder_sizes(const StateDict& tensors, int64_t style_width,
                                                       const std::string& source);
CodeDiffuserOptions code_diffuser_sizes(const StateDict& tensors, const std::string& source);
StyleGan2Options stylegan2_sizes(const StateDict& tensors, const std::string& source);
RestorationOptions restoration_sizes(const StateDict& tensors, const std::string& source);
DiscriminatorOptions discriminator_sizes(const StateDict& tensors, const std::string& source);
UNetOptions unet_sizes(const StateDict& tensors, const std::string& source);

}  // namespace bfr::nets

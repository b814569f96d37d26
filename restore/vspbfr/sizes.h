// The networks' sizes, read off the shapes in their files: the published 1024/512 system and a compact one are one
// code. What a file says wrongly here, strict loading finds.
#pragma once

#include "nets/style_encoder.h"
#include "nets/stylegan2_generator.h"
#include "nets/vspbfr_code_diffuser.h"
#include "nets/vspbfr_restoration.h"
#include "weights/state_dict/state_dict.h"

namespace bfr::vspbfr {

// Each throws Error naming `source` where a tensor that tells a size is missing or has another number of dimensions.
nets::StyleEncoderOptions style_encoder_sizes(const StateDict& tensors, const std::string& source);
nets::CodeDiffuserOptions code_diffuser_sizes(const StateDict& tensors, const std::string& source);
nets::StyleGan2Options stylegan2_sizes(const StateDict& tensors, const std::string& source);
nets::RestorationOptions restoration_sizes(const StateDict& tensors, const std::string& source);

}  // namespace bfr::vspbfr

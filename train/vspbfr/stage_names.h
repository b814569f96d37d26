#pragma once

namespace bfr::train {

inline constexpr const char *kPriorStage = "prior", *kStyleEncoderStage = "style-encoder",
                            *kCodeDiffuserStage = "code-diffuser", *kRestorationStage = "restoration";

}  // namespace bfr::train

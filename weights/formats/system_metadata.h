// What the files of a system that `bfr train` made say of themselves, as safetensors' metadata. The published files say
// nothing.
#pragma once

namespace bfr::system_metadata {

inline constexpr const char* kSystem = "bfr.system";  // "compact-128"
inline constexpr const char* kSizes = "bfr.sizes";    // "base=64,linear=512,...", what sets its networks' sizes
inline constexpr const char* kSide = "bfr.side";      // of the faces, pixels, in a U-Net's file: nothing else tells
inline constexpr const char* kSeed = "bfr.seed";      // of the trainings
inline constexpr const char* kData = "bfr.data";      // SHA-256 of the packs
inline constexpr const char* kDegradation = "bfr.degradation";  // the preset by which degraded faces were made
inline constexpr const char* kIterations = "bfr.iterations";    // "prior 20000, style-encoder 10000"
inline constexpr const char* kInit = "bfr.init";  // SHA-256 of the weights that a training began with (init=FILE)
// Of the diffusion, in the diffuser's file; in the restoration net's, of its prompts where they were diffused.
inline constexpr const char* kSteps = "bfr.steps";
inline constexpr const char* kPrompt = "bfr.prompt";  // that guided the restoration net
inline constexpr const char* kPrior =
    "bfr.prior";  // SHA-256 of the prior's weights: equal in files that belong together

// In a training's own files (train/snapshot.h): a JSON object.
inline constexpr const char* kTraining = "bfr.training";

}  // namespace bfr::system_metadata

// What earlier stages gave, ready for use: their networks take no gradients.
#pragma once

#include <filesystem>
#include <memory>

#include "train/vspbfr/system.h"

namespace bfr::train {

// The clean-face encoder and the decoder of stage 1.
struct TrainedPrior {
    std::unique_ptr<nets::CompactStyleEncoder> encoder;
    std::unique_ptr<nets::StyleGan2> bank;
    // Throws Error naming the file: unreadable, or of other sizes.
    TrainedPrior(const SystemSizes& sizes, const std::filesystem::path& file);
    at::Tensor codes(const at::Tensor& picture) const;  // of a clean face
    at::Tensor decoded(const at::Tensor& codes) const;  // (B, 3, S, S)
    // The bank's features that the restoration net takes.
    std::vector<at::Tensor> features(const at::Tensor& codes) const;
    int64_t encoder_side;
};

// The encoder of degraded faces, of stage 2.
std::unique_ptr<nets::CompactStyleEncoder> trained_encoder(const SystemSizes& sizes, const std::filesystem::path& file);
// Of stage 3.
std::unique_ptr<nets::CodeDiffuser> trained_diffuser(const SystemSizes& sizes, const std::filesystem::path& file);

}  // namespace bfr::train

// What earlier stages gave, ready for use: their networks take no gradients.
#pragma once

#include <filesystem>
#include <memory>

#include "train/vspbfr/system.h"

namespace bfr::train {

// A decoder with an encoder of its codes: what stage 1 gave (clean faces), or a published file, or one that `export`
// wrote (both of degraded faces).
struct TrainedPrior {
    // Throws Error naming the file: unreadable, or something else.
    explicit TrainedPrior(const std::filesystem::path& file, at::Device device = at::kCPU);

    at::Tensor codes(const at::Tensor& picture) const { return codes(*encoder, picture); }
    at::Tensor codes(const nets::CodeEncoder& by, const at::Tensor& picture) const;
    // (B, 3, side, side). `noise`: as noise() gives it.
    at::Tensor decoded(const at::Tensor& codes, int64_t side, const nets::NoiseSource& noise) const;
    // The bank's features that a restoration net takes, from 4 pixels on.
    std::vector<at::Tensor> features(const at::Tensor& codes, int count, const nets::NoiseSource& noise) const;
    // A published generator takes noise, drawn for each iteration; stage 1's takes none.
    std::unique_ptr<nets::NoiseSource> noise(uint64_t seed, const std::string& name, int64_t iteration) const;

    std::shared_ptr<nets::CodeEncoder> encoder;
    std::unique_ptr<nets::StyleGan2> bank;
    at::Tensor mean_code;  // (1, codes or 1, width); zeros of stage 1
    nets::StyleGan2Options sizes;
    int64_t encoder_side = 0;
    bool published = false;
};

// Throws UsageError that names the options where networks of these sizes can't work with the prior's codes and
// features; `file`: the prior's.
void check_fit(const SystemSizes& sizes, const TrainedPrior& prior, const std::filesystem::path& file);

// The encoder of degraded faces of stage 2, for codes of the prior.
std::shared_ptr<nets::CodeEncoder> trained_encoder(const TrainedPrior& prior, const std::filesystem::path& file,
                                                   at::Device device);
// Of stage 3, or a published one.
std::unique_ptr<nets::CodeDiffuser> trained_diffuser(const TrainedPrior& prior, const std::filesystem::path& file,
                                                     at::Device device);

}  // namespace bfr::train

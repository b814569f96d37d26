// What `bfr degrade` does with one picture.
#pragma once

#include <cstdint>
#include <string_view>

#include "datasets/degradations/parameters.h"
#include "datasets/degradations/presets.h"
#include "datasets/degradations/record.h"
#include "datasets/image.h"

namespace bfr {

struct DegradedImage {
    ImagePtr degraded;
    ImagePtr reference;  // null where the clean picture itself is the reference
    DegradationParameters parameters;
};

// Draws parameters for the picture and applies them.
DegradedImage degrade_image(const Image& image, std::string_view id, uint64_t seed, const DegradationPreset& preset,
                            const DrawOptions& options = {});
// Applies given ones: a replay.
DegradedImage degrade_image(const Image& image, const DegradationParameters& parameters);

DegradationRecord degradation_record(const DegradedImage& image);

}  // namespace bfr

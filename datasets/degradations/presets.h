// Published degradations as data: what each draws its steps from, in which order, on which channel order.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "datasets/degradations/parameters.h"

namespace bfr {

// Values are uniform in [lo, hi); a step with a probability is left out otherwise.
struct Range {
    double lo = 0, hi = 0;
};
struct BlurRange {
    std::vector<int> sizes;  // one of them, equally likely
    double iso_probability = 0.5;
    Range sigma;  // of x and y; iso draws one for both
};
struct HazeRange {
    double probability;
    Range alpha;
};
struct DownsampleRange {
    Range scale;
};
struct NoiseRange {
    Range sigma;
    NoiseRule rule = NoiseRule::kTimesSigmaOver255;
};
struct JpegRange {
    Range quality;
};
struct ShiftRange {
    double probability;
    double most;  // each channel in [-most, most)
};
struct GrayRange {
    double probability;
    bool reference;
};
struct JitterRange {
    double probability;
    Range brightness, contrast, saturation, hue;  // in a random order
};
using StepRange = std::variant<BlurRange, HazeRange, DownsampleRange, NoiseRange, JpegRange, Enlarge, ShiftRange, Round,
                               GrayRange, JitterRange>;

struct DegradationPreset {
    std::string name, summary, source;
    ChannelOrder channels = ChannelOrder::kBgr;
    std::vector<StepRange> steps;
};

std::span<const DegradationPreset> degradation_presets();

// Throws UsageError with near names.
const DegradationPreset& find_degradation_preset(std::string_view name);

struct DrawOptions {
    // Kernel sizes and sigmas are in pixels of the 512x512 pictures that they were published for. 0 keeps them as
    // published; 512 makes them `shorter side / 512` times as large, so that a picture of another size is blurred
    // alike.
    int reference_size = 0;
};

// A function of (seed, id) for each value alone: two presets, or a preset with one range changed, share every other
// draw. Throws Error for a picture whose sides aren't in 1..kMaxDegradedSide.
DegradationParameters draw_parameters(const DegradationPreset& preset, uint64_t seed, std::string_view id, int width,
                                      int height, const DrawOptions& options = {});

}  // namespace bfr

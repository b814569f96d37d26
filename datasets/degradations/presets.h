// Degradations as data: what each draws its steps from, in which order, on which channel order. Published ones, and a
// user's own (chain.h).
#pragma once

#include <cstdint>
#include <numbers>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "datasets/degradations/parameters.h"
#include "datasets/degradations/test_grid.h"

namespace bfr {

// Uniform in [lo, hi), or one of a few values, equally likely. A step with a probability is left out otherwise.
struct Range {
    double lo = 0, hi = 0;
    std::vector<double> one_of = {};  // where it isn't empty, it alone decides
};
struct BlurRange {
    std::vector<int> sizes;  // one of them, equally likely
    double iso_probability = 0.5;
    Range sigma;                        // of x and y; iso draws one for both
    std::optional<Range> sigma_y = {};  // of y, where it isn't that of x
    Range rotation{-std::numbers::pi, std::numbers::pi};
    double probability = 1;
};
struct HazeRange {
    double probability;
    Range alpha;
};
struct DownsampleRange {
    Range scale;
    std::vector<Interpolation> interpolations = {};  // one of them, equally likely; none: bilinear
    double probability = 1;
};
struct NoiseRange {
    Range sigma;
    NoiseRule rule = NoiseRule::kTimesSigmaOver255;
    double gray_probability = 0, probability = 1;
};
struct JpegRange {
    Range quality;
    double probability = 1;
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
    std::optional<Range> brightness, contrast, saturation, hue;  // in a random order
};
struct TranslateRange {
    double probability;
    int most;  // each of right and down is a whole number of -most..most pixels
};
// Draws all steps before it but translations a second time, and keeps the first outcome inside a square.
struct UnevenRange {
    double probability;
    int least_side, most_side;  // whole pixels, at most the picture's shorter side; anywhere in the picture
};
using StepRange = std::variant<BlurRange, HazeRange, DownsampleRange, NoiseRange, JpegRange, Enlarge, ShiftRange, Round,
                               GrayRange, JitterRange, TranslateRange, UnevenRange>;

struct DegradationPreset {
    std::string name, summary, source;
    ChannelOrder channels = ChannelOrder::kBgr;
    std::vector<StepRange> steps;
    // Of the pictures that its pixels (kernels, sigmas, translations, squares) were published for; 0: they are taken as
    // they are, whatever the picture's size.
    int reference_size = 512;
    // Of every draw. Two presets with one id and seed draw alike where their layers agree, independently otherwise.
    uint32_t layer = 0;
    std::optional<TestGrid> grid = {};
};

std::span<const DegradationPreset> degradation_presets();

// Throws UsageError with near names.
const DegradationPreset& find_degradation_preset(std::string_view name);

struct DrawOptions {
    // What is in pixels is made `shorter side / reference_size` times as large, so that a picture of another size is
    // degraded alike. None: the preset's; 0: never.
    std::optional<int> reference_size = {};
    std::optional<PlaceInSet> place = {};  // a preset with a grid needs it
};

// How many combinations the preset's grid has; 0 without one.
size_t grid_size(const DegradationPreset& preset);

// A function of (seed, id) for each value alone: two presets, or a preset with one range changed, share every other
// draw. With a grid, its values are a function of the place alone. Throws Error for a picture whose sides aren't in
// 1..kMaxDegradedSide.
DegradationParameters draw_parameters(const DegradationPreset& preset, uint64_t seed, std::string_view id, int width,
                                      int height, const DrawOptions& options = {});

}  // namespace bfr

// Between Image and the kernels: the channels that a convention compares, and what a pair must fulfil.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/spec.h"
#include "base/unit.h"
#include "datasets/image.h"
#include "metrics/kernels/plane.h"

namespace bfr {

// One option of a unit as it is, and what it is where the spec doesn't say.
struct ChosenOption {
    std::string key, value, fallback;
};
// The unit's label: its name and the options that differ from their defaults.
std::string label_of(const std::string& name, const std::vector<ChosenOption>& options);

// An option that names a file of one's own: none where it isn't given. "" for none.
std::optional<std::filesystem::path> read_file(SpecReader& reader, const std::string& key);
std::string text_of(const std::optional<std::filesystem::path>& file);

// Option direction=higher|lower|none of a metric whose values nobody here knows.
Direction read_direction(SpecReader& reader);

// Channels in 0..255.
enum class Colour {
    kRgb,
    kBt601Y,       // BasicSR's Y, 16..235
    kYiqY,         // pyiqa's Y
    kYiqYRounded,  // pyiqa's Y in whole levels
    kVqfrRgb,      // RGB / 255 x 255 in single precision
    kVqfrY,        // BT.601's Y of RGB / 255
};
std::string_view to_string(Colour colour);

Bgr8View view_of(const Image& image, int crop = 0);
std::vector<Plane> planes_of(const Image& image, Colour colour, int crop);

// VQFR's restored picture: matched to the reference's means and deviations over the whole picture, then as kVqfrRgb (or
// kVqfrY where `luma`), then cropped. None where a channel of either has no contrast.
std::optional<std::vector<Plane>> vqfr_matched_planes(const Image& restored, const Image& reference, bool luma,
                                                      int crop);
inline constexpr const char* kVqfrUndefined =
    "undefined: a channel has no contrast, and this convention divides by its standard deviation";

// Throws Error where the sizes differ, or where a side less the cropped pixels is shorter than `min_side`.
void check_pair(std::string_view metric, const Image& restored, const Image& reference, int crop, int min_side);

}  // namespace bfr

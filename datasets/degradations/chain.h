// A user's own degradation: a JSON file with a list of steps, each with fixed values, ranges, choices, a probability.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/json_fwd.h"
#include "datasets/degradations/presets.h"

namespace bfr {

// {"name", "channels", "reference_size", "steps": [{"step": "blur", ...}, ...]}; docs/degradations.md has each key.
// `name` where the file gives none. Throws UsageError that begins with `where` and the step's place: a wrong type, an
// unknown or missing key (with near names), a value out of parameters.h's ranges, steps in an order that can't be done.
DegradationPreset chain_from_json(const Json& json, std::string_view name, std::string_view where);

// The preset is called chain/NAME.
DegradationPreset load_chain(const std::filesystem::path& file);

// A published preset's name, or a path that ends in .json.
DegradationPreset parse_degradation(const std::string& text);

}  // namespace bfr

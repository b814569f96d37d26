#pragma once

#include <string>

namespace bfr {

// The stages of `bfr train`, a line each; of `wanted`, all its options with the presets' values.
std::string list_stages(const std::string& wanted);

}  // namespace bfr

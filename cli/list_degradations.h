#pragma once

#include <string>

namespace bfr {

// The presets a line each, or all about the one that is wanted: its steps in their order with what they draw from.
std::string list_degradations(const std::string& wanted);

}  // namespace bfr

#pragma once

#include <string>

#include "weights/catalogue/catalogue.h"

namespace bfr {

// The evaluation presets a line each, or one with every value: what it computes, by which unit, and what it lacks here.
std::string list_presets(const std::string& wanted, const UnitContext& context);

}  // namespace bfr

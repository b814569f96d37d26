#pragma once

#include <string>

namespace bfr {

// The known data sets a line each, or all about the one that is wanted; UsageError for one that isn't known.
std::string list_known_sets(const std::string& wanted);

}  // namespace bfr

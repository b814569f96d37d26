// Two descriptions of what a folder holds, compared for a person.
#pragma once

#include <string>

#include "base/json.h"

namespace bfr {

// Lines "\n  seed: 1 there, 2 now", at most ten and how many more; empty where both are equal.
std::string difference_list(const Json& there, const Json& now);

}  // namespace bfr

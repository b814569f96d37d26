#pragma once

#include <string>
#include <string_view>

#include "base/json.h"

namespace bfr {

// JSON of a file that nobody vouches for. Throws Error "FILE: ..." where it is no JSON, or an object has one key twice
// (a reader that keeps the last and one that keeps the first would see different weights).
Json parse_strict_json(std::string_view text, const std::string& file);

}  // namespace bfr

#pragma once

#include <string>
#include <string_view>

#include "base/json.h"

namespace bfr {

// Json::parse of a file's text. Throws UsageError "NAME: ..." where it nests too deep: whatever copies or prints such a
// value calls itself at each level, until the stack ends.
Json parse_json(std::string_view text, const std::string& name);

}  // namespace bfr

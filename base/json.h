// The one JSON type of the program: keys keep the order in which they were written.
#pragma once

#include <nlohmann/json.hpp>

namespace bfr {

using Json = nlohmann::ordered_json;

}  // namespace bfr

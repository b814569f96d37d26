#pragma once

#include <nlohmann/json_fwd.hpp>

namespace bfr {

using Json = nlohmann::ordered_json;

}  // namespace bfr

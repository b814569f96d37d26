// Reading a report that may come from another version or another hand: what is absent or of another type is null, 0 or
// empty, and never an exception.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/json.h"
#include "base/unit.h"

namespace bfr {

// The member, or a null that lives for ever.
const Json& member(const Json& object, const std::string& key);

std::string text_of(const Json& object, const std::string& key);              // "" where it is no text
std::optional<double> number_of(const Json& object, const std::string& key);  // finite ones only
uint64_t count_of(const Json& object, const std::string& key);  // 0 where it is no whole number, or negative
bool flag_of(const Json& object, const std::string& key, bool fallback);

// "higher", "lower", anything else.
Direction direction_of(const Json& value_info);
int decimals_of(const Json& value_info);  // 4 where it says nothing

// Throws Error where `report` is not of a schema that this program reads.
void check_report(const Json& report);

}  // namespace bfr

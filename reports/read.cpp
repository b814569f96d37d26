#include "reports/read.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace bfr {

const Json& member(const Json& object, const std::string& key) {
    static const Json kNull;
    if (!object.is_object()) return kNull;
    const auto found = object.find(key);
    return found == object.end() ? kNull : *found;
}

std::string text_of(const Json& object, const std::string& key) {
    const Json& found = member(object, key);
    return found.is_string() ? found.get<std::string>() : std::string();
}

std::optional<double> number_of(const Json& object, const std::string& key) {
    const Json& found = member(object, key);
    if (!found.is_number()) return std::nullopt;
    const auto number = found.get<double>();
    return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

uint64_t count_of(const Json& object, const std::string& key) {
    const Json& found = member(object, key);
    if (found.is_number_unsigned()) return found.get<uint64_t>();
    if (!found.is_number_integer()) return 0;
    const auto number = found.get<int64_t>();
    return number < 0 ? 0 : static_cast<uint64_t>(number);
}

bool flag_of(const Json& object, const std::string& key, bool fallback) {
    const Json& found = member(object, key);
    return found.is_boolean() ? found.get<bool>() : fallback;
}

Direction direction_of(const Json& value_info) {
    const std::string direction = text_of(value_info, "direction");
    if (direction == "higher") return Direction::kHigherIsBetter;
    return direction == "lower" ? Direction::kLowerIsBetter : Direction::kNone;
}

int decimals_of(const Json& value_info) {
    const bool said = member(value_info, "decimals").is_number_integer();
    return said ? static_cast<int>(std::min<uint64_t>(count_of(value_info, "decimals"), 12)) : 4;
}

void check_report(const Json& report) {
    const std::string schema = text_of(report, "schema");
    if (schema == "bfr-report/1") return;
    if (schema.empty()) throw Error("this is not a report of bfr: it has no \"schema\"");
    throw Error(
        fmt::format("the report is of schema {}, this program reads bfr-report/1", Json(schema).dump(-1, ' ', true)));
}

}  // namespace bfr

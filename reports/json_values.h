// Values as reports write them: what isn't there is null.
#pragma once

#include <cmath>
#include <optional>
#include <string>

#include "base/json.h"
#include "base/unit.h"

namespace bfr {

inline Json text_or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

// JSON has no infinity: what isn't finite is null too.
inline Json number_or_null(const std::optional<double>& number) {
    return number && std::isfinite(*number) ? Json(*number) : Json();
}

// "higher", "lower" is better, or "none"; direction_of() of reports/read.h reads it.
inline const char* direction_name(Direction direction) {
    switch (direction) {
        case Direction::kHigherIsBetter:
            return "higher";
        case Direction::kLowerIsBetter:
            return "lower";
        case Direction::kNone:
            break;
    }
    return "none";
}

}  // namespace bfr

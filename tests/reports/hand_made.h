// A report of three samples and three methods with everything in it that can be odd: hostile names, failures, missing
// values, a metric that isn't available.
#pragma once

#include <functional>

#include "base/json.h"
#include "tests/support/support.h"

namespace bfr {

inline Json hand_made() { return testing::read_json(testing::data_dir() / "reports" / "hand_made.json"); }

// Calls check() with each member of the report in turn missing or of a wrong type, down to `depth`: that makes a poorer
// table and nothing worse.
inline void break_each(Json& part, int depth, const std::function<void()>& check) {
    if (!part.is_structured() || depth == 0) return;
    for (auto it = part.begin(); it != part.end(); ++it) {
        const Json kept = *it;
        for (const Json& wrong :
             {Json(nullptr), Json("text"), Json(-1.5e300), Json::array({1}), Json::object({{"a", nullptr}})}) {
            *it = wrong;
            check();
        }
        *it = kept;
        break_each(*it, depth - 1, check);
    }
}

}  // namespace bfr

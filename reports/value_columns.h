// The values of a report as columns of its tables.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/json_fwd.h"
#include "reports/table.h"

namespace bfr {

inline constexpr const char* kImported = " (imported)";  // behind the title of another program's values

struct ValueColumn {
    std::string name;
    Column shown;
    int decimals = 4;
    bool of_set = false;
};

// What shares a table.
struct ValueGroup {
    std::string title;
    std::vector<std::vector<ValueColumn>> units;  // the values of each unit
};

// Metrics share a table; a task, whose values are many, has one of its own. Units that aren't available are left out.
std::vector<ValueGroup> value_groups(const Json& report);

// Parts of at most `most` columns, 0: one; a unit is broken only where it alone is wider.
std::vector<std::vector<ValueColumn>> parts_of(const ValueGroup& group, size_t most);

// "Metrics (2 of 3)"
std::string part_title(const std::string& title, size_t part, size_t parts);

}  // namespace bfr

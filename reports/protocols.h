// Values of several protocols (metrics/presets.h) side by side, in the report and as a table.
#pragma once

#include <span>
#include <string>

#include "base/json.h"
#include "reports/table.h"

namespace bfr {

struct FoundValue {
    const Json* info = nullptr;  // null: the unit has none of that name
    bool of_set = false;
};
// A unit's value of that name, its own label and a dot before it aside; the first one for "".
FoundValue value_of_unit(const Json& unit, const std::string& wanted);

// The report's "presets": each preset's values with what every method got. `units`, `rows`: as in the report. Names
// that this program doesn't know (another version's) are left out.
// Without references a preset's values that need some, and whose unit isn't there, are named alone.
Json describe_presets(std::span<const std::string> names, bool with_references, const Json& units, const Json& rows);

// The table of a report that has presets: a row for each value, a column for each method; and what sets them apart.
// Tables wider than `max_columns` methods are split; 0 splits none.
void add_protocols(const Json& report, size_t max_columns, ReportTables& out);

}  // namespace bfr

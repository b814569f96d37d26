// Tables as JSON: what the other formats print, for programs (reports/schema/table.schema.json).
#pragma once

#include "base/json.h"
#include "reports/table.h"

namespace bfr {

inline constexpr const char* kTableSchema = "bfr-table/1";

// Each table's columns and rows, cells with their text as printed, their number and interval in full precision, marks
// and footnotes; then legend, footnotes, warnings, conventions and the rest of what stands below the tables.
Json tables_json(const ReportTables& tables);

}  // namespace bfr

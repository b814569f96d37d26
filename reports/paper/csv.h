// The values of a report as CSV (RFC 4180), a line for each row and value: for R, pandas or a spreadsheet.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json_fwd.h"
#include "reports/table.h"

namespace bfr {

// row, value, measure, better (higher, lower, or nothing), number, low, high (of its interval), n, missing, excluded,
// failed (of the row), convention, weights (FILE:SHA256, several apart by spaces), reason (why there is no number, or
// one over fewer samples). Numbers in full precision; one that isn't there is empty, as those of units and methods that
// are not available. A text that a spreadsheet would compute (it begins with = + - @, a tab or CR) has an apostrophe
// before it. Of a report with groups (reports/paper/group_rows.h) `by` and `group` come before them: both empty in
// lines that are over all samples, `group` empty in those of samples without one. `columns`: names of values or units
// (reports/paper/selection.h), in whose order they come; empty: all. UsageError where one has no lines, such as n or
// seconds. `force`: choose_columns().
struct CsvValues {
    std::string text;
    std::vector<Remark> warnings;  // the report's, which have no place in it, and which of its tables have none
};
CsvValues csv_values(const Json& report, const std::vector<std::string>& columns, bool force = false);

// One field: visible (reports/text.h), in quotes where it needs them, and no formula.
std::string csv_field(std::string_view raw);

}  // namespace bfr

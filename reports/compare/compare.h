// Rows of one report or several, compared sample by sample with one of them.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "reports/compare/sources.h"
#include "reports/table.h"

namespace bfr {

inline constexpr const char* kComparisonSchema = "bfr-comparison/1";

// docs/compare.md says what it holds. A function of the reports and the options alone; but for random draws, which
// depend on the baseline's seed and the values' names, the order of the samples in a report changes nothing. Errors:
// bring_together() and Gate.
Json compare_reports(const std::vector<ComparedReport>& reports, const CompareOptions& options);

// compare_reports() as tables: one of differences for each row, the pictures with the largest gain and loss, ranks.
ReportTables comparison_tables(const Json& comparison);

// A line for each row and value, RFC 4180, numbers in full precision (reports/paper/csv.h).
std::string comparison_csv(const Json& comparison);

}  // namespace bfr

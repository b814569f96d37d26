// A report's rows again for each group of its samples: the report's member "by".
#pragma once

#include <cstdint>
#include <string>

#include "base/json.h"
#include "reports/paper/sample_field.h"
#include "reports/table.h"

namespace bfr {

// The report with "by": {"field", "file" (or null), "at_least", "groups", "left_out"}. A group is {"name"
// (null: of the samples without one), "samples", "rows"}; its rows are a report's without "set_values" and "details",
// of the statistics of value_of_row(). By group (the person) samples are drawn for intervals, as all are of one person.
// Groups come in the order of comes_before(), samples without one last. Those of fewer than `at_least` samples are
// "left_out", as {"name", "samples"}; UsageError where that is all of them. Error where the report has a sample twice.
Json with_groups(Json report, const SampleField& field, uint64_t at_least);

bool has_groups(const Json& report);

// "label".
std::string field_of_groups(const Json& report);
// "happy", or "no label".
std::string name_of_group(const Json& report, const Json& group);

// More than a printed table holds: UsageError, saying how many samples a group must have for fewer.
void check_groups_fit(const Json& report);

// What a reader of the tables must know: which groups and values are left out, and which of the report's tables.
void add_group_remarks(const Json& report, ReportTables& out);

}  // namespace bfr

// Differences as tables: of an ablation the arms with each value and its difference from the baseline arm; of a
// comparison every row's differences from the chosen one.
#pragma once

#include <cstddef>
#include <string>

#include "base/json_fwd.h"
#include "reports/table.h"

namespace bfr {

// rounded() (reports/text.h), with a plus before what prints above 0.
std::string signed_text(double number, int decimals);

// Appends to out.tables, out.notes and out.legend; nothing where the report has no ablation. `max_columns`: as in
// make_tables().
void add_ablations(const Json& report, size_t max_columns, ReportTables& out);
void add_comparisons(const Json& report, size_t max_columns, ReportTables& out);

}  // namespace bfr

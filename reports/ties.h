// Which rows of a table are not shown to be worse than the best of a column.
#pragma once

#include "base/json_fwd.h"
#include "reports/table.h"

namespace bfr {

// Sets Cell::tied in the columns of values of single samples: where the interval of the mean difference from the best
// row, sample by sample over the samples that both have, holds 0, or is of fewer than ten samples or groups. Rows over
// other samples than the best's don't compete. Says so in the legend where there is one.
void mark_ties(const Json& report, ReportTables& tables);

}  // namespace bfr

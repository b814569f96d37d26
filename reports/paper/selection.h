// The rows and columns of a report that somebody wants in a table of a paper, in their order and under their names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "reports/table.h"

namespace bfr {

// "NAME" or "NAME as TITLE".
struct Wanted {
    std::string name, title;  // title: empty where none is given
};
Wanted wanted(std::string_view text);

// The report with those rows alone ("vspbfr as Ours"; row_named() of reports/comparison.h says what a name may be), so
// that the best is the best of them, and with the presets' values of them. Differences between rows and ablations are
// left out, which a warning in the report says. Marks behind a label, such as [compact-128], stay behind its title too.
// Nothing named: the report as it is. UsageError where a name is no row's, or two are one row's or have one title.
Json choose_rows(Json report, const std::vector<std::string>& rows);

// One table of those columns ("psnr as PSNR") in place of all tables, and the footnotes that it uses. A name is a
// value's ("landmarks.nme_px"), a unit's with all its values ("landmarks", "lpips" for lpips:net=alex), or one of n,
// failed, seconds, parameters, gflop, device. Of two without a title of their own that are called alike each has its
// whole name. Nothing named: everything stays. UsageError where a name is no column's (with the reason where its unit
// is not available), or two columns have one title.
void choose_columns(ReportTables& tables, const std::vector<std::string>& columns);

}  // namespace bfr

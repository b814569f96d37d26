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

// What a row is called: its label, or the title with the label's marks behind it ("Ours [compact-128]").
std::string title_of_row(const std::string& label, const std::string& title);

// Whether `name` means a column: it is the column's own, or its unit's ("landmarks" of landmarks.nme_px, "lpips" of
// lpips:net=alex).
bool means_column(const std::string& name, const std::string& column);

// The report with those rows alone ("vspbfr as Ours"; row_named() of reports/comparison.h says what a name may be), so
// that the best is the best of them, and with the presets' values of them. Differences between rows and ablations are
// left out, which a warning in the report says. Marks behind a label, such as [compact-128], stay behind its title too.
// Nothing named: the report as it is. UsageError where a name is no row's, or two are one row's or have one title.
Json choose_rows(Json report, const std::vector<std::string>& rows);

// The report with other digits after the point: "psnr=3" (0 to 12) of a value, or of a unit's values; what is not named
// stays. UsageError where a name is no value's, or a number is none.
Json with_decimals(Json report, const std::vector<std::string>& settings);

// One table of those columns ("psnr as PSNR") in place of all tables, and the footnotes that it uses. A name is a
// value's ("landmarks.nme_px"), a unit's with all its values ("landmarks", "lpips" for lpips:net=alex), or one of n,
// failed, seconds, parameters, gflop, device. Of two without a title of their own that are called alike each has its
// whole name. Nothing named: everything stays. UsageError where a name is no column's (with the reason where its unit
// is not available), or two columns have one title.
// Tables that have no such columns (of differences, ablations and protocols) go, which a warning says, and so do the
// conventions of other units. UsageError too where titles hide that conventions are mixed
// (reports/paper/conventions.h): with `force` its columns have a footnote instead, and the tables a warning.
void choose_columns(ReportTables& tables, const std::vector<std::string>& columns, bool force = false);

// The titles of those tables, "a; b; and 2 more"; empty where there are none.
std::string tables_without_choice(const ReportTables& tables);

}  // namespace bfr

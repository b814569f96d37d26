// The tables of a report for a paper in LaTeX: the package booktabs, and siunitx where that is asked for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json_fwd.h"
#include "reports/table.h"

namespace bfr {

struct LatexOptions {
    std::vector<std::string> columns;  // reports/paper/selection.h; empty: all, a table each
    bool intervals = false;            // ± half the interval's width, or the interval, behind a number
    bool siunitx = false;              // reports/paper/latex_column.h
    bool force = false;                // choose_columns()
};

// A `table` each: the best bold, the second underlined (Cell says when), an arrow at what is better, footnotes, and the
// conventions of its values and the report's legend below; warnings and what is not available as comments at the top.
// Every text is escaped; letters of other scripts than Latin need LuaLaTeX or XeLaTeX.
std::string latex_tables(const Json& report, const LatexOptions& options);

// Tables that were made already, with their intervals; all of their conventions stand below each.
std::string latex_tables(const ReportTables& tables, bool siunitx = false);

// Text in which nothing is markup. What LaTeX sets in mathematics (arrows, ±, Δ) is so.
std::string escape_latex(std::string_view text);

}  // namespace bfr

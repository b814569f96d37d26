// The tables of a report as data. They are built once and printed by a writer each: markdown.cpp, html.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json_fwd.h"
#include "base/unit.h"

namespace bfr {

// Texts are as they came: a writer makes them visible (reports/text.h) and escapes them.
struct Cell {
    std::string text;                   // rounded by the value's decimals; "n/a" where there is no number
    std::string spread = {};            // of a mean: half its interval's width, rounded alike; empty without interval
    std::optional<double> number = {};  // in full precision
    bool best = false;  // of the column, among the rows over the same, largest set of samples; not where all are equal
    std::optional<size_t> note = {};  // which of ReportTables::notes explains it, from 1
    // Of a set value or a difference, whose may be skewed: "0.530 to 0.969"; empty without interval.
    std::string interval = {};
    std::string verdict = {};  // "better", "worse": of a difference whose interval leaves 0 out
    bool tied = false;         // not shown to be worse than the best (reports/ties.h)
    uint64_t n = 0;            // samples that the number is over; 0 where nobody says
    bool second = false;       // of three or more that compete, the next behind one that is the best
    std::optional<double> low = {}, high = {};  // the whole interval behind `spread` or `interval`, in full precision
};

struct Column {
    std::string title;         // the value's name, without the task's label where the whole table is one task's
    std::string measure = {};  // "dB", "px"; empty for a pure number
    Direction direction = Direction::kNone;
    std::string summary = {};  // one line: what it is
    bool numeric = true;
    std::string name =
        {};  // by which it is chosen: the value's own name, "n", "failed", "seconds" ...; empty: it isn't
    bool own_title = false;  // `title` is the reader's ("NAME as TITLE")
    std::string unit = {};   // label of the metric or task that gives it; empty where none does
    bool of_set = false;     // a value of the whole set
    std::optional<size_t> note = {};  // as a cell's
};

struct Row {
    std::string method;
    std::vector<Cell> cells;  // one a column
    std::string group = {};   // of Table::group_title's groups; empty: all samples
};

struct Table {
    std::string title;
    std::vector<Column> columns;
    std::vector<Row> rows;
    std::string row_title = "method";  // what a row is
    std::string about = {};            // what a reader of this table alone must know
    bool choosable = true;             // columns can be taken from it; not of differences, ablations, protocols, papers
    std::string group_title = {};      // what its rows are repeated for ("label"); empty: they aren't
};

// How a writer calls a row's group.
std::string group_text(const Row& row);

// Something said below the tables. `command`: what mends or repeats it; empty where nothing does.
struct Remark {
    std::string about, text;
    std::string command = {};
};

struct ReportTables {
    bool complete = true;
    std::vector<Table> tables;        // metrics; each task; comparisons; ablations; cost
    std::vector<std::string> legend;  // what arrows, the sign ±, brackets and bold type mean
    std::vector<std::string> notes;   // what a cell's number stands for: notes[number - 1]
    std::vector<Remark> warnings;     // what a reader of the numbers must know
    std::vector<Remark> protocols;    // what sets the presets' values apart; empty where there are none
    std::vector<Remark> conventions;  // one for each unit that was computed
    std::vector<Remark> unavailable;  // units and methods that were not, and why
    std::vector<Remark> facts;        // data, seed, files left out, weights, time

    std::string facts_title = "Run";

    size_t note(std::string text);  // the number of a footnote; equal texts share one
};

// Tables wider than `max_columns` values are split, a metric's values kept together where they fit; 0 splits none.
// Throws Error where `report` is no report (reports/read.h); whatever is missing in it is missing in the tables.
// A report with groups (reports/paper/group_rows.h) has its rows again for each of them, the best marked in each, and
// no tables but those of values and cost.
ReportTables make_tables(const Json& report, size_t max_columns = 0);

// What `bfr run` writes as report.md. Every text of the report is escaped. `columns`, `force`:
// reports/paper/selection.h.
std::string markdown_table(const Json& report, const std::vector<std::string>& columns = {}, bool force = false);
// The same for a terminal, as `bfr run` prints it: nothing is escaped but what could act on the terminal.
std::string text_table(const Json& report, const std::vector<std::string>& columns = {}, bool force = false);

// Tables that were made already, likewise.
std::string markdown_table(const ReportTables& tables);
std::string text_table(const ReportTables& tables);

}  // namespace bfr

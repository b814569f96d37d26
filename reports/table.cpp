#include "reports/table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "reports/ablation_tables.h"
#include "reports/paper/group_rows.h"
#include "reports/papers/published.h"
#include "reports/protocols.h"
#include "reports/read.h"
#include "reports/remarks.h"
#include "reports/text.h"
#include "reports/value_columns.h"

namespace bfr {

namespace {

class Maker {
  public:
    Maker(const Json& report, ReportTables& out) : report_(report), out_(out) {}

    void add_values(const std::string& title, const std::vector<ValueColumn>& columns) {
        Table table{title,
                    {{.title = "n", .summary = "samples restored", .name = "n"},
                     {.title = "failed", .summary = "samples that failed, at whatever stage", .name = "failed"}},
                    {}};
        for (const auto& column : columns) table.columns.push_back(column.shown);
        add_rows(member(report_, "rows"), "", columns, table);
        if (const Json& by = member(report_, "by"); !std::ranges::all_of(columns, &ValueColumn::of_set)) {
            for (const Json& group : member(by, "groups")) {
                table.group_title = field_of_groups(report_);
                add_rows(member(group, "rows"), name_of_group(report_, group), columns, table);
            }
        }
        out_.tables.push_back(std::move(table));
    }

    void add_cost() {
        Table table{
            "Cost",
            {{.title = "seconds a face",
              .direction = Direction::kLowerIsBetter,
              .summary = "median time of restoring one picture, in the run itself, where jobs share the machine",
              .name = "seconds"},
             {.title = "parameters", .summary = "numbers in the method's networks", .name = "parameters"},
             {.title = "GFLOP",
              .summary = "for one face of the size that the method takes (512x512 where it takes any), a multiply-add "
                         "counted as two",
              .name = "gflop"},
             {.title = "device", .numeric = false, .name = "device"},
             {.title = "random", .summary = "whether the result depends on the seed", .numeric = false}},
            {}};
        for (const Json& method : member(report_, "methods")) {
            if (!flag_of(method, "available", true)) continue;
            const bool finished = flag_of(method, "finished", false);
            const Json& timing = member(member(member(report_, "timing"), "methods"), text_of(method, "label"));
            const auto median = finished ? std::nullopt : number_of(timing, "seconds_median");
            Cell seconds{finished ? "n/a" : seconds_text(median), "", median};
            if (finished) seconds.note = note("the pictures were restored elsewhere: their time is not known here");
            const auto parameters = number_of(method, "parameters"), gflop = number_of(method, "gflop");
            table.rows.push_back({text_of(method, "label"),
                                  {std::move(seconds),
                                   {parameters ? with_prefix(*parameters) : kNone, "", parameters},
                                   {gflop ? fmt::format("{:.4g}", *gflop) : kNone, "", gflop},
                                   {known_text(method, "device")},
                                   {random_text(method)}}});
        }
        if (table.rows.empty()) return;
        for (size_t i = table.columns.size(); i-- > 0;) {
            const auto empty = [i](const Row& row) { return row.cells[i].text == kNone || row.cells[i].text.empty(); };
            if (!std::ranges::all_of(table.rows, empty)) continue;
            table.columns.erase(table.columns.begin() + static_cast<std::ptrdiff_t>(i));
            for (auto& row : table.rows) row.cells.erase(row.cells.begin() + static_cast<std::ptrdiff_t>(i));
        }
        out_.tables.push_back(std::move(table));
    }

  private:
    static constexpr const char* kNone = "–";

    static constexpr const char* kUnknown = "unknown";

    static std::string known_text(const Json& method, const char* key) {
        const std::string text = text_of(method, key);
        return text.empty() ? kUnknown : text;
    }

    static std::string random_text(const Json& method) {
        const Json& draws = member(method, "draws");
        if (!draws.is_boolean()) return kUnknown;
        return draws == true ? "by the seed" : "no";
    }

    // The samples that a number is over.
    struct Support {
        uint64_t n = 0;
        std::string hash;  // of their ids
    };

    // The best is the best of these rows.
    void add_rows(const Json& rows, const std::string& group, const std::vector<ValueColumn>& columns, Table& table) {
        const size_t first = table.rows.size();
        std::vector<std::vector<Support>> supports;  // for each row and value
        for (const Json& row : rows) {
            table.rows.push_back({text_of(row, "method"), {count_cell(row), failed_cell(row)}, group});
            supports.emplace_back();
            for (const auto& column : columns) {
                const Json& value = member(member(row, column.of_set ? "set_values" : "values"), column.name);
                supports.back().push_back({count_of(value, "n"), text_of(value, "samples_sha256")});
                table.rows.back().cells.push_back(!column.of_set  ? mean_cell(value, column)
                                                  : group.empty() ? set_cell(value, column)
                                                                  : Cell{kNone});
            }
        }
        for (size_t i = 0; i < columns.size(); i++) mark_best(table, first, i, supports);
    }

    static std::string seconds_text(std::optional<double> seconds) {
        if (!seconds) return kNone;
        if (*seconds < 0.0005) return "< 0.001";
        return rounded(*seconds, *seconds < 0.1 ? 3 : *seconds < 10 ? 2 : 1);
    }

    static Cell count_cell(const Json& row) {
        const uint64_t n = count_of(row, "n");
        return {std::to_string(n), "", static_cast<double>(n)};
    }

    Cell failed_cell(const Json& row) {
        const uint64_t failed = count_of(row, "failed");
        Cell cell{std::to_string(failed), "", static_cast<double>(failed)};
        if (failed > 0) cell.note = note(failures_text(member(row, "failures")));
        return cell;
    }

    static void add_interval(const Json& value, const ValueColumn& column, Cell& cell) {
        const Json& interval = member(value, "interval");
        const auto low = number_of(interval, "low"), high = number_of(interval, "high");
        if (!low || !high) return;
        cell.low = low;
        cell.high = high;
        if (column.of_set) {
            cell.interval = fmt::format("{} to {}", rounded(*low, column.decimals), rounded(*high, column.decimals));
        } else {
            cell.spread = rounded((*high - *low) / 2, column.decimals);
        }
    }

    Cell mean_cell(const Json& value, const ValueColumn& column) {
        const auto mean = number_of(value, "mean");
        Cell cell{mean ? rounded(*mean, column.decimals) : "n/a", "", mean};
        if (mean) add_interval(value, column, cell);
        cell.n = count_of(value, "n");
        std::string said;
        if (lacks_some(value) || !mean) said = lack_text(value);
        const auto interval = value.find("interval");
        if (mean && interval != value.end() && interval->is_null()) {
            said += (said.empty() ? "" : "; ") + std::string(count_of(value, "n") == 1
                                                                 ? "no interval: it is one sample"
                                                                 : "no interval: all samples are of one group");
        }
        if (!said.empty()) cell.note = note(std::move(said));
        return cell;
    }

    Cell set_cell(const Json& value, const ValueColumn& column) {
        const auto number = number_of(value, "value");
        Cell cell{number ? rounded(*number, column.decimals) : "n/a", "", number};
        if (number) add_interval(value, column, cell);
        cell.n = count_of(value, "n");
        if (!number) {
            const std::string reason = text_of(value, "reason");
            cell.note = note("no value: " + (reason.empty() ? std::string("the report has none") : reason));
        } else {
            std::string said = text_of(value, "note");
            if (lacks_some(value)) said += (said.empty() ? "" : "; ") + lack_text(value);
            if (!said.empty()) cell.note = note(std::move(said));
        }
        return cell;
    }

    // Numbers over different samples can't be ranked: only the rows over the most samples compete, and nobody where
    // those are not the same samples, or the report doesn't say. They compete in full precision; what prints like the
    // best is shown as the best.
    static void mark_best(Table& table, size_t first, size_t value, const std::vector<std::vector<Support>>& supports) {
        const size_t at = value + 2;
        const Direction direction = table.columns[at].direction;
        if (direction == Direction::kNone) return;
        Support most;
        for (const auto& row : supports) {
            if (row[value].n > most.n) most = row[value];
        }
        if (most.hash.empty()) return;
        std::vector<Cell*> rivals;
        for (size_t i = 0; i < supports.size(); i++) {
            const Support& support = supports[i][value];
            if (support.n != most.n) continue;
            if (support.hash != most.hash) return;
            if (Cell& cell = table.rows[first + i].cells[at]; cell.number) rivals.push_back(&cell);
        }
        const auto equal = [&](const Cell* cell) { return cell->text == rivals.front()->text; };
        if (rivals.size() < 2 || std::ranges::all_of(rivals, equal)) return;
        const auto worse = [&](const Cell* a, const Cell* b) {
            return direction == Direction::kHigherIsBetter ? *a->number < *b->number : *a->number > *b->number;
        };
        const std::string best = (*std::ranges::max_element(rivals, worse))->text;
        for (Cell* cell : rivals) cell->best = cell->text == best;
        const auto bests = std::ranges::count_if(rivals, [](const Cell* cell) { return cell->best; });
        if (bests > 1 || rivals.size() < 3) return;
        std::erase_if(rivals, [](const Cell* cell) { return cell->best; });
        const std::string second = (*std::ranges::max_element(rivals, worse))->text;
        for (Cell* cell : rivals) cell->second = cell->text == second;
    }

    size_t note(std::string text) { return out_.note(std::move(text)); }

    const Json& report_;
    ReportTables& out_;
};

}  // namespace

namespace {

// Why a column has no number in any row; nothing where one has.
std::optional<std::string> why_empty(const Json& report, const ValueColumn& column) {
    std::string why;
    for (const Json& row : member(report, "rows")) {
        const Json& value = member(member(row, column.of_set ? "set_values" : "values"), column.name);
        if (number_of(value, column.of_set ? "value" : "mean")) return std::nullopt;
        if (why.empty()) why = text_of(value, "reason");
        for (const char* key : {"missing_reasons", "excluded_reasons"}) {
            const Json& reasons = member(value, key);
            if (why.empty() && reasons.is_object() && !reasons.empty()) why = reasons.begin().key();
        }
    }
    return why.empty() ? "the report has no reason" : why;
}

// Of a unit that has numbers, the columns that have none: those of labels that nobody gave, say.
std::vector<std::string> take_empty_columns(const Json& report, std::vector<ValueColumn>& unit) {
    std::vector<std::string> taken;
    std::vector<ValueColumn> left;
    for (const auto& column : unit) {
        if (const auto why = why_empty(report, column)) {
            taken.push_back(fmt::format("{} ({})", column.name, *why));
        } else {
            left.push_back(column);
        }
    }
    if (left.empty()) return {};
    unit = std::move(left);
    return taken;
}

}  // namespace

std::string group_text(const Row& row) { return row.group.empty() ? "all samples" : row.group; }

size_t ReportTables::note(std::string text) {
    const auto found = std::ranges::find(notes, text);
    if (found != notes.end()) return static_cast<size_t>(found - notes.begin()) + 1;
    notes.push_back(std::move(text));
    return notes.size();
}

ReportTables make_tables(const Json& report, size_t max_columns) {
    check_report(report);
    ReportTables out;
    out.complete = flag_of(report, "complete", true);
    Maker maker(report, out);
    std::vector<std::string> taken;
    for (auto& group : value_groups(report)) {
        for (auto& unit : group.units) {
            for (auto& column : take_empty_columns(report, unit)) taken.push_back(std::move(column));
        }
        const auto parts = parts_of(group, max_columns);
        for (size_t i = 0; i < parts.size(); i++) maker.add_values(part_title(group.title, i, parts.size()), parts[i]);
    }
    const auto values = static_cast<std::ptrdiff_t>(out.tables.size());
    const bool grouped = has_groups(report);
    if (!grouped) {
        add_protocols(report, max_columns, out);
        add_comparisons(report, max_columns, out);
        add_ablations(report, max_columns, out);
        add_published(report, max_columns, out);
    }
    std::for_each(out.tables.begin() + values, out.tables.end(), [](Table& table) { table.choosable = false; });
    maker.add_cost();
    const auto ablation_legend = std::move(out.legend);
    out.legend = legend_of(report);
    if (!taken.empty())
        out.legend.push_back(fmt::format("Without a value in any row, and left out: {}.", fmt::join(taken, ", ")));
    out.legend.insert(out.legend.end(), ablation_legend.begin(), ablation_legend.end());
    if (grouped) add_group_remarks(report, out);
    const auto of_published = std::move(out.warnings);
    out.warnings = warnings_of(report);
    out.warnings.insert(out.warnings.end(), of_published.begin(), of_published.end());
    out.conventions = conventions_of(report);
    out.unavailable = unavailable_of(report);
    out.facts = facts_of(report);
    return out;
}

}  // namespace bfr

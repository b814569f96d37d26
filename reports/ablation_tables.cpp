#include "reports/ablation_tables.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/statistics.h"
#include "reports/read.h"
#include "reports/remarks.h"
#include "reports/text.h"
#include "reports/value_columns.h"

namespace bfr {

std::string signed_text(double number, int decimals) {
    const std::string text = rounded(number, decimals);
    return number > 0 && text.find_first_of("123456789") != std::string::npos ? "+" + text : text;
}

namespace {

std::string title_of(const Json& ablation) {
    std::vector<std::string> options;
    for (const Json& one : member(ablation, "vary")) options.push_back(text_of(one, "option"));
    return fmt::format("Ablation of {} over {}", text_of(ablation, "method"), fmt::join(options, " and "));
}

class Maker {
  public:
    // `rows`: with "values" and "set_values". `whole`: whether the values themselves are shown too.
    Maker(const Json& rows, std::string baseline, bool whole, ReportTables& out)
        : rows_(rows), baseline_(std::move(baseline)), whole_(whole), out_(out) {}

    // A table for each group of values that has any, of at most so many columns.
    void add_all(const Json& report, const std::string& title, size_t most) {
        for (const auto& group : value_groups(report)) {
            const ValueGroup with_values = filled(group);
            if (with_values.units.empty()) continue;
            const auto parts = parts_of(with_values, most);
            for (size_t i = 0; i < parts.size(); i++)
                add(title + ". " + part_title(group.title, i, parts.size()), parts[i]);
        }
    }

  private:
    // What has a number in a row: a task's values of labels that nobody gave have none.
    ValueGroup filled(ValueGroup group) const {
        const auto empty = [&](const ValueColumn& column) {
            return std::ranges::none_of(rows_, [&](const Json& row) {
                return number_of(value_of(row, column), column.of_set ? "value" : "mean").has_value();
            });
        };
        for (auto& unit : group.units) std::erase_if(unit, empty);
        std::erase_if(group.units, [](const auto& unit) { return unit.empty(); });
        return group;
    }

    void add(const std::string& title, const std::vector<ValueColumn>& columns) {
        Table table{title, {}, {}};
        for (const auto& column : columns) {
            if (whole_) table.columns.push_back(column.shown);
            Column difference = column.shown;
            difference.title = "Δ " + column.shown.title;
            difference.name.clear();
            difference.direction = Direction::kNone;
            difference.summary = column.of_set ? "difference from " + baseline_
                                               : "mean difference from " + baseline_ + ", sample by sample";
            table.columns.push_back(std::move(difference));
        }
        for (const Json& arm : rows_) {
            if (!flag_of(arm, "available", true)) continue;
            Row row{text_of(arm, "method"), {}};
            for (const auto& column : columns) {
                const Json& value = value_of(arm, column);
                const auto number = number_of(value, column.of_set ? "value" : "mean");
                if (whole_) row.cells.push_back({number ? rounded(*number, column.decimals) : "n/a", "", number});
                row.cells.push_back(row.method == baseline_ ? Cell{"baseline"}
                                    : column.of_set         ? set_difference(value, column)
                                                            : difference(member(value, "difference"), column));
            }
            table.rows.push_back(std::move(row));
        }
        if (!table.rows.empty()) out_.tables.push_back(std::move(table));
    }

    static const Json& value_of(const Json& row, const ValueColumn& column) {
        return member(member(row, column.of_set ? "set_values" : "values"), column.name);
    }

    Cell difference(const Json& value, const ValueColumn& column) {
        const auto mean = number_of(value, "mean");
        if (!mean) return {"n/a", "", {}, false, out_.note("no sample has the value in both arms")};
        Cell cell{signed_text(*mean, column.decimals), "", mean};
        const Json& interval = member(value, "interval");
        const auto low = number_of(interval, "low"), high = number_of(interval, "high");
        if (low && high) {
            cell.low = low;
            cell.high = high;
            cell.interval =
                fmt::format("{} to {}", signed_text(*low, column.decimals), signed_text(*high, column.decimals));
            const bool more = *low > 0, less = *high < 0;
            const Direction direction = column.shown.direction;
            const uint64_t clusters = count_of(interval, "clusters");
            const bool enough = (clusters > 0 ? clusters : count_of(value, "n")) >= kFewest;
            if ((more || less) && enough && direction != Direction::kNone)
                cell.verdict = more == (direction == Direction::kHigherIsBetter) ? "better" : "worse";
        }
        if (lacks_some(value)) cell.note = out_.note(lack_text(value));
        return cell;
    }

    Cell set_difference(const Json& value, const ValueColumn& column) {
        const auto number = number_of(value, "difference");
        if (!number) return {"n/a", "", {}, false, out_.note("the value is lacking in one of the two arms")};
        return {signed_text(*number, column.decimals), "", number};
    }

    const Json& rows_;
    std::string baseline_;
    bool whole_;
    ReportTables& out_;
};

constexpr const char* kVerdict =
    "Better and worse: of ten samples or groups at least, and the interval leaves 0 out. Of large samples one interval "
    "in twenty does so by chance, of ten nearly two.";

std::string delta_legend(const Json& ablation) {
    return fmt::format(
        "Δ: difference from {} ({}); of values of single samples the mean over pairs of one sample, with the interval "
        "of that mean (low to high), made like the others; a value of the whole set has no pairs to make one from. {}",
        text_of(ablation, "baseline"),
        flag_of(ablation, "baseline_is_configured", false)
            ? "the configuration's own values"
            : "the first arm that is available; none of these has the configuration's own values",
        kVerdict);
}

}  // namespace

void add_ablations(const Json& report, size_t max_columns, ReportTables& out) {
    const size_t most = max_columns == 0 ? 0 : std::max<size_t>(max_columns / 2, 1);
    for (const Json& ablation : member(report, "ablation")) {
        const std::string title = title_of(ablation);
        Maker maker(member(ablation, "arms"), text_of(ablation, "baseline"), true, out);
        maker.add_all(report, title, most);
        out.legend.push_back(delta_legend(ablation));
    }
}

void add_comparisons(const Json& report, size_t max_columns, ReportTables& out) {
    // wider than a value, and none stands beside it
    const size_t most = max_columns == 0 ? 0 : std::max<size_t>(max_columns * 2 / 3, 1);
    for (const Json& comparison : member(report, "comparison")) {
        const std::string against = text_of(comparison, "against");
        Maker maker(member(comparison, "rows"), against, false, out);
        maker.add_all(report, "Difference from " + against, most);
    }
    if (!member(report, "comparison").empty()) {
        out.legend.push_back(fmt::format(
            "Δ: the row's difference from the one named above the table; of values of single samples the mean over "
            "pairs of one sample, with the interval of that mean (low to high), made like the others; a value of the "
            "whole set has no pairs to make one from. {}",
            kVerdict));
    }
}

}  // namespace bfr

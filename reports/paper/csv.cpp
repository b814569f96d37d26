#include "reports/paper/csv.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "reports/paper/group_rows.h"
#include "reports/paper/selection.h"
#include "reports/read.h"
#include "reports/remarks.h"
#include "reports/table.h"
#include "reports/text.h"

namespace bfr {

namespace {

// What begins so a spreadsheet would compute.
bool is_formula(std::string_view raw) {
    if (raw.starts_with('\t') || raw.starts_with('\r')) return true;
    const size_t begin = raw.find_first_not_of(" \n");
    return begin != std::string_view::npos && std::string_view("=+-@").find(raw[begin]) != std::string_view::npos;
}

std::string number_field(std::optional<double> number) { return number ? fmt::format("{}", *number) : ""; }

std::string better(const Json& info) {
    const std::string direction = text_of(info, "direction");
    return direction == "higher" || direction == "lower" ? direction : "";
}

std::string weights_text(const Json& unit) {
    std::string text;
    for (const Json& file : member(unit, "weights"))
        text += (text.empty() ? "" : " ") + text_of(file, "file") + ":" + text_of(file, "sha256");
    return text;
}

std::string joined(const std::vector<std::string>& fields) { return fmt::format("{}\r\n", fmt::join(fields, ",")); }

// Why there is no number, or one over fewer samples than there are.
std::string why_fewer(const Json& value, bool of_set) {
    const bool some = number_of(value, of_set ? "value" : "mean").has_value();
    if (const std::string reason = text_of(value, "reason"); !some && !reason.empty()) return reason;
    return !some || lacks_some(value) ? lack_text(value) : "";
}

std::string line_of(const Json& row, const Json& unit, const Json& info, bool of_set, const std::string& title) {
    const Json& value = member(member(row, of_set ? "set_values" : "values"), text_of(info, "name"));
    const Json& interval = member(value, "interval");
    const std::vector<std::string> fields = {csv_field(text_of(row, "method")),
                                             csv_field(title.empty() ? text_of(info, "name") : title),
                                             csv_field(text_of(info, "unit")),
                                             better(info),
                                             number_field(number_of(value, of_set ? "value" : "mean")),
                                             number_field(number_of(interval, "low")),
                                             number_field(number_of(interval, "high")),
                                             std::to_string(count_of(value, "n")),
                                             std::to_string(count_of(value, "missing")),
                                             std::to_string(count_of(value, "excluded")),
                                             std::to_string(count_of(row, "failed")),
                                             csv_field(text_of(unit, "convention")),
                                             csv_field(weights_text(unit)),
                                             csv_field(why_fewer(value, of_set))};
    return joined(fields);
}

// Of a unit, or a method, that isn't available.
std::string absent_line(const std::string& row, const Json& unit, const std::string& value) {
    const std::string reason = on_one_line(text_of(unit, "reason")), mend = text_of(unit, "mend");
    std::string said = "not available: " + (reason.empty() ? "the report has no reason" : reason);
    if (!mend.empty()) said += ". To mend it: " + mend;
    return joined({csv_field(row), csv_field(value), "", "", "", "", "", "", "", "", "",
                   csv_field(text_of(unit, "convention")), "", csv_field(said)});
}

std::string absent_lines(const Json& report, const std::string& before) {
    std::string out;
    const auto is_absent = [](const Json& one) { return !flag_of(one, "available", true); };
    for (const Json& row : member(report, "rows"))
        for (const Json& unit : member(report, "units"))
            if (is_absent(unit)) out += before + absent_line(text_of(row, "method"), unit, text_of(unit, "label"));
    for (const Json& method : member(report, "methods"))
        if (is_absent(method)) out += before + absent_line(text_of(method, "label"), method, "");
    return out;
}

struct Value {
    const Json *unit, *info;
    bool of_set;
    std::string title;
};

std::vector<Value> values_of(const Json& report) {
    std::vector<Value> values;
    for (const Json& unit : member(report, "units")) {
        if (!flag_of(unit, "available", true)) continue;
        for (const bool of_set : {false, true})
            for (const Json& info : member(unit, of_set ? "set_values" : "values"))
                values.push_back({&unit, &info, of_set, ""});
    }
    return values;
}

// As a table of them would have them.
std::vector<Value> chosen_values(const Json& report, ReportTables& tables, const std::vector<std::string>& columns,
                                 bool force) {
    const std::vector<Value> all = values_of(report);
    if (columns.empty()) return all;
    choose_columns(tables, columns, force);
    std::vector<Value> chosen;
    for (const Column& column : tables.tables.front().columns) {
        const auto found =
            std::ranges::find_if(all, [&](const Value& value) { return text_of(*value.info, "name") == column.name; });
        if (found == all.end()) {
            throw UsageError(
                fmt::format("--column {}: csv has a line for each value of a metric or task; n, missing and failed "
                            "stand in every line, and --format text or latex has the cost",
                            column.name));
        }
        chosen.push_back(*found);
        if (column.own_title) chosen.back().title = column.title;
    }
    return chosen;
}

}  // namespace

std::string csv_field(std::string_view raw) {
    const std::string text = (is_formula(raw) ? "'" : "") + visible(raw);
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + "\"";
}

CsvValues csv_values(const Json& report, const std::vector<std::string>& columns, bool force) {
    ReportTables tables = make_tables(report);
    const std::vector<Value> values = chosen_values(report, tables, columns, force);
    CsvValues csv{"", tables.warnings};
    // Where columns are chosen, choosing them has said it.
    if (const std::string lost = tables_without_choice(tables); !lost.empty())
        csv.warnings.push_back({"csv", "has the rows' values alone; the report's other tables are left out: " + lost});
    const bool grouped = has_groups(report);
    std::string& out = csv.text;
    out =
        (grouped ? "by,group," : "") +
        std::string("row,value,measure,better,number,low,high,n,missing,excluded,failed,convention,weights,reason\r\n");
    const auto add = [&](const Json& rows, const std::string& before, bool of_group) {
        for (const Json& row : rows)
            for (const Value& value : values)
                if (!of_group || !value.of_set)
                    out += before + line_of(row, *value.unit, *value.info, value.of_set, value.title);
    };
    add(member(report, "rows"), grouped ? ",," : "", false);
    for (const Json& group : member(member(report, "by"), "groups"))
        add(member(group, "rows"), csv_field(field_of_groups(report)) + "," + csv_field(text_of(group, "name")) + ",",
            true);
    if (columns.empty()) out += absent_lines(report, grouped ? ",," : "");
    return csv;
}

}  // namespace bfr

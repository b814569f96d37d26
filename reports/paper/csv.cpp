#include "reports/paper/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "reports/paper/selection.h"
#include "reports/read.h"
#include "reports/table.h"
#include "reports/text.h"

namespace bfr {

namespace {

std::string field(std::string_view raw) {
    const std::string text = visible(raw);
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + "\"";
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

std::string line_of(const Json& row, const Json& unit, const Json& info, bool of_set, const std::string& title) {
    const Json& value = member(member(row, of_set ? "set_values" : "values"), text_of(info, "name"));
    const Json& interval = member(value, "interval");
    const std::vector<std::string> fields = {field(text_of(row, "method")),
                                             field(title.empty() ? text_of(info, "name") : title),
                                             field(text_of(info, "unit")),
                                             better(info),
                                             number_field(number_of(value, of_set ? "value" : "mean")),
                                             number_field(number_of(interval, "low")),
                                             number_field(number_of(interval, "high")),
                                             std::to_string(count_of(value, "n")),
                                             std::to_string(count_of(value, "missing")),
                                             std::to_string(count_of(row, "failed")),
                                             field(text_of(unit, "convention")),
                                             field(weights_text(unit))};
    std::string line;
    for (const std::string& one : fields) line += (&one == fields.data() ? "" : ",") + one;
    return line + "\r\n";
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
std::vector<Value> chosen_values(const Json& report, const std::vector<std::string>& columns) {
    const std::vector<Value> all = values_of(report);
    if (columns.empty()) return all;
    std::vector<Value> chosen;
    for (const std::string& column : columns) {
        ReportTables tables = make_tables(report);
        choose_columns(tables, {column});
        for (const Column& one : tables.tables.front().columns) {
            for (Value value : all) {
                if (text_of(*value.info, "name") != one.name) continue;
                value.title = wanted(column).title;
                chosen.push_back(value);
            }
        }
    }
    return chosen;
}

}  // namespace

std::string csv_values(const Json& report, const std::vector<std::string>& columns) {
    check_report(report);
    std::string out = "row,value,measure,better,number,low,high,n,missing,failed,convention,weights\r\n";
    const std::vector<Value> values = chosen_values(report, columns);
    for (const Json& row : member(report, "rows"))
        for (const Value& value : values) out += line_of(row, *value.unit, *value.info, value.of_set, value.title);
    return out;
}

}  // namespace bfr

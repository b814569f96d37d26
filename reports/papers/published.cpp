#include "reports/papers/published.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>

#include "base/error.h"
#include "base/names.h"
#include "base/spec.h"
#include "reports/comparison.h"
#include "reports/papers/data_status.h"
#include "reports/papers/unit_match.h"
#include "reports/protocols.h"
#include "reports/read.h"
#include "reports/text.h"

namespace bfr {

namespace {

std::string lower(std::string text) {
    for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    return text;
}

Json text_or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

// "vspbfr:name=ours[own]" is called "ours", and marked "[own]".
struct RowName {
    std::string spec, shown, marks;
};
RowName name_of(const std::string& label) {
    const size_t end = label.find('[') == std::string::npos || !label.ends_with(']') ? label.size() : label.find('[');
    RowName row{label.substr(0, end), label.substr(0, end), label.substr(end)};
    try {
        const Spec spec = Spec::parse(row.spec);
        if (const auto found = spec.options().find("name"); found != spec.options().end()) row.shown = found->second;
    } catch (const UsageError&) {  // a label that is no spec
    }
    return row;
}

const Json* unit_for(const Json& report, const PublishedMetric& metric) {
    const Json* found = nullptr;
    if (metric.agreement == Agreement::kNone) return nullptr;
    for (const Json& unit : member(report, "units")) {
        if (is_unit_of(metric, text_of(unit, "label")) && (!found || text_of(unit, "label") == metric.unit))
            found = &unit;
    }
    return found;
}

// A column of the table, and what the run has for it.
struct PaperColumn {
    const PublishedMetric* metric;
    FoundValue value;    // none: nothing of it was measured
    std::string reason;  // why its numbers can't be compared with the run's, or aren't there; empty where they can
    std::string note;    // what a reader of a deviation must know
};

// Files of a person's own that stand for published ones. One whose hash begins as its published name says is published;
// `vouched`: one that somebody says is.
std::string own_files(const Json& unit, const std::string& vouched = "") {
    std::string files;
    for (const Json& file : member(unit, "weights")) {
        const std::string name = text_of(file, "file");
        const bool own = flag_of(file, "own", false) && text_of(file, "name_digits").empty();
        if (own && (vouched.empty() || name != vouched)) files += (files.empty() ? "" : ", ") + name;
    }
    return files;
}

// Files that were taken for the published ones.
std::string unverified_files(const Json& unit) {
    std::string files;
    for (const Json& file : member(unit, "weights")) {
        if (flag_of(file, "pinned", false) && text_of(file, "name_digits").empty())
            files += (files.empty() ? "" : ", ") + text_of(file, "file");
    }
    return files;
}

// The file of statistics that a metric's unit names.
std::string statistics_of(const PublishedMetric& metric) {
    const auto options = Spec::parse(metric.unit).options();
    const auto found = options.find("stats");
    return found == options.end() ? "" : found->second;
}

PaperColumn column_of(const Json& report, const PublishedMetric& metric, bool same_data) {
    PaperColumn column{&metric, {}, "", ""};
    if (metric.agreement == Agreement::kNone) {
        column.reason = "no unit computes it: " + metric.reason;
        return column;
    }
    const Json* const unit = unit_for(report, metric);
    if (!unit) {
        std::vector<std::string> others;
        const std::string name = Spec::parse(metric.unit).name();
        for (const Json& one : member(report, "units")) {
            const std::string label = text_of(one, "label");
            if (label == name || label.starts_with(name + ":")) others.push_back(label);
        }
        column.reason =
            fmt::format("not measured in this run ({} {})", metric.task ? "--task" : "--metric", metric.unit);
        if (!others.empty()) column.reason += fmt::format("; {} is another convention", fmt::join(others, " and "));
        return column;
    }
    if (!flag_of(*unit, "available", true)) {
        column.reason = "not available in this run: " + on_one_line(text_of(*unit, "reason"));
        return column;
    }
    column.value = value_of_unit(*unit, metric.value);
    if (!column.value.info) {
        column.reason = fmt::format("{} has no value {}", metric.unit, metric.value);
    } else if (metric.agreement == Agreement::kGuess) {
        column.reason = "whether it is the paper's convention is a guess: " + metric.reason;
    } else if (const std::string files = own_files(*unit, same_data ? statistics_of(metric) : ""); !files.empty()) {
        column.reason = "measured with a file of one's own instead of the published one: " + files;
    }
    if (const std::string files = unverified_files(*unit); !files.empty())
        column.note = "nobody publishes the hash of " + files + ", which was taken for the paper's";
    return column;
}

// Why a row doesn't stand among published systems; empty where it may.
std::string why_apart(const Json& report, const std::string& label, const DataStatus& data) {
    if (!data.may_compare) return data.about;
    const std::string marks = name_of(label).marks;
    if (!marks.empty() && marks != "[official]") return fmt::format("{} is no published system: {}", label, marks);
    for (const Json& method : member(report, "methods")) {
        if (text_of(method, "label") != label) continue;
        if (const std::string files = own_files(method); !files.empty())
            return "it runs with files of one's own: " + files;
    }
    return "";
}

std::vector<std::string> names_in(const PublishedData& data) {
    std::vector<std::string> names;
    for (const auto& row : data.rows) names.push_back(row.method);
    return names;
}

// Which of the paper's methods a row is: as somebody says, by its unit, or by its name.
const PublishedRow* published_row(const std::string& label, const PaperTable& table, const PublishedData& data,
                                  const std::map<std::string, std::string>& as) {
    std::string wanted;
    const RowName row = name_of(label);
    if (const auto said = as.find(label); said != as.end()) {
        wanted = said->second;
    } else {
        wanted = row.shown;
        for (const auto& method : table.methods) {
            if (Spec::parse(method.unit).canonical() == row.spec) wanted = method.name;
        }
    }
    for (const auto& one : data.rows)
        if (lower(one.method) == lower(wanted)) return &one;
    return nullptr;
}

Json methods_of(const Json& report) {
    Json methods = Json::array();  // as row_named() reads them, whatever the report's are like
    for (const Json& method : member(report, "methods")) {
        methods.push_back({{"label", text_of(method, "label")},
                           {"available", flag_of(method, "available", true)},
                           {"reason", text_of(method, "reason")}});
    }
    return methods;
}

std::map<std::string, std::string> said_methods(const Json& report, const PublishedData& data,
                                                const PublishedOptions& options) {
    std::map<std::string, std::string> as;
    const Json methods = methods_of(report);
    const auto names = names_in(data);
    for (const auto& [row, method] : options.as) {
        const auto found = std::ranges::find_if(names, [&](const auto& name) { return lower(name) == lower(method); });
        if (found == names.end()) throw UsageError(unknown_name("published method", method, names));
        const std::string label = row_named(row, methods, "row");
        if (!as.emplace(label, *found).second) throw UsageError(fmt::format("{} is named twice", label));
    }
    return as;
}

Json value_json(const PaperColumn& column, const Json& row, const PublishedData& data,
                const std::optional<PublishedNumber>& published, const std::string& apart) {
    const std::string name = text_of(*column.value.info, "name");
    const Json& value = member(member(row, column.value.of_set ? "set_values" : "values"), name);
    const auto number = number_of(value, column.value.of_set ? "value" : "mean");
    const uint64_t n = count_of(value, "n") + count_of(value, "excluded");
    const double scale = column.metric->scale;
    std::string reason = apart.empty() ? column.reason : apart;
    if (reason.empty() && !number) reason = "there is no number";
    if (reason.empty() && data.n && n != *data.n)
        reason = fmt::format("it is over {} of the table's {}", n, count_text(*data.n, "picture"));
    const bool compared = reason.empty() && published;
    return {{"metric", column.metric->name},
            {"measured", number ? Json(*number * scale) : Json()},
            {"n", n},
            {"published", published ? Json(published->number) : Json()},
            {"deviation", compared ? Json(*number * scale - published->number) : Json()},
            {"reason", text_or_null(reason)}};
}

}  // namespace

std::vector<const PublishedData*> data_beside(const Json& report, const PaperTable& table) {
    std::vector<const PublishedData*> found;
    for (const auto& data : table.data) {
        bool recognised = false;
        for (const Json& role : member(member(report, "data"), "sets")) {
            for (const Json& one : member(role, "recognised"))
                recognised = recognised || (!data.set.empty() && text_of(one, "name") == data.set);
        }
        if (recognised) found.push_back(&data);
    }
    if (!found.empty()) return found;
    if (table.data.size() == 1) return {&table.data.front()};
    std::vector<std::string> names;
    for (const auto& data : table.data) names.push_back(table.id + "/" + data.name);
    throw UsageError(fmt::format("{} is of several data sets, and the run's was not recognised as one of them: name {}",
                                 table.id, fmt::join(names, " or ")));
}

Json published_section(const Json& report, const PaperTable& table, const PublishedData& data,
                       const PublishedOptions& options) {
    const DataStatus status = status_of(report, data, options.same_data);
    const auto as = said_methods(report, data, options);
    std::vector<PaperColumn> columns;
    Json metrics = Json::array(), rows = Json::array(), measured = Json::array();
    for (const size_t i : data.metrics) {
        const PublishedMetric& metric = table.metrics[i];
        columns.push_back(column_of(report, metric, options.same_data));
        const PaperColumn& column = columns.back();
        metrics.push_back({{"name", metric.name},
                           {"direction", metric.direction == Direction::kHigherIsBetter  ? "higher"
                                         : metric.direction == Direction::kLowerIsBetter ? "lower"
                                                                                         : "none"},
                           {"convention", metric.convention},
                           {"against", text_or_null(metric.against)},
                           {"agreement", to_string(metric.agreement)},
                           {"unit", text_or_null(metric.unit)},
                           {"value", column.value.info ? Json(text_of(*column.value.info, "name")) : Json()},
                           {"scale", metric.scale},
                           {"comparable", column.reason.empty()},
                           {"reason", text_or_null(column.reason)},
                           {"note", text_or_null(column.note)}});
    }
    for (const auto& row : data.rows) {
        Json numbers = Json::object();
        for (size_t i = 0; i < columns.size(); i++) {
            if (row.numbers[i])
                numbers[columns[i].metric->name] = {{"number", row.numbers[i]->number}, {"text", row.numbers[i]->text}};
        }
        rows.push_back({{"method", row.method}, {"values", numbers}});
    }
    for (const Json& row : member(report, "rows")) {
        const std::string label = text_of(row, "method"), apart = why_apart(report, label, status);
        const PublishedRow* const found = published_row(label, table, data, as);
        Json values = Json::array();
        for (size_t i = 0; i < columns.size(); i++) {
            if (columns[i].value.info)
                values.push_back(value_json(columns[i], row, data, found ? found->numbers[i] : std::nullopt, apart));
        }
        measured.push_back({{"row", label},
                            {"method", found ? Json(found->method) : Json()},
                            {"set_apart", text_or_null(apart)},
                            {"values", values}});
    }
    return {{"table", table.id},
            {"title", table.title},
            {"source", table.source},
            {"notes", table.notes},
            {"data",
             {{"name", data.name},
              {"set", text_or_null(data.set)},
              {"inputs", text_or_null(data.inputs)},
              {"n", data.n ? Json(*data.n) : Json()},
              {"status", status.word},
              {"about", status.about}}},
            {"metrics", metrics},
            {"rows", rows},
            {"measured", measured}};
}

}  // namespace bfr

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "reports/papers/published.h"
#include "reports/read.h"
#include "reports/text.h"
#include "reports/value_columns.h"

namespace bfr {

namespace {

constexpr const char* kNone = "–";

int digits_of(const std::string& text) {
    const size_t point = text.find('.');
    if (point == std::string::npos) return 0;
    const size_t end = std::min(text.find_first_of("eE"), text.size());
    return static_cast<int>(std::min<size_t>(end - std::min(end, point + 1), 12));
}

// A metric of the table that the run measured.
struct Shown {
    const Json* metric;
    std::string name;
    int digits = 0;           // the most that the paper prints
    bool deviations = false;  // some row is one of the paper's
};

const Json& value_named(const Json& row, const std::string& metric) {
    static const Json kNull;
    for (const Json& value : member(row, "values"))
        if (text_of(value, "metric") == metric) return value;
    return kNull;
}

std::vector<Shown> shown_metrics(const Json& one) {
    std::vector<Shown> all;
    for (const Json& metric : member(one, "metrics")) {
        if (text_of(metric, "value").empty()) continue;
        Shown shown{&metric, text_of(metric, "name")};
        for (const Json& row : member(one, "rows"))
            shown.digits =
                std::max(shown.digits, digits_of(text_of(member(member(row, "values"), shown.name), "text")));
        for (const Json& row : member(one, "measured")) {
            const bool among = text_of(row, "set_apart").empty();
            shown.deviations =
                shown.deviations || (among && number_of(value_named(row, shown.name), "published").has_value());
        }
        all.push_back(shown);
    }
    return all;
}

class Maker {
  public:
    Maker(const Json& one, ReportTables& out)
        : one_(one),
          out_(out),
          about_(fmt::format("{} ({})", text_of(one, "table"), text_of(member(one, "data"), "name"))) {}

    void add(size_t max_columns) {
        remark();
        const std::vector<Shown> all = shown_metrics(one_);
        if (all.empty()) {
            out_.warnings.push_back({about_, "nothing of it was measured in this run"});
            return;
        }
        std::vector<std::vector<Shown>> parts(1);
        size_t width = 0;
        for (const Shown& shown : all) {
            const size_t columns = shown.deviations ? 2 : 1;
            if (max_columns > 0 && width > 0 && width + columns > max_columns) {
                parts.emplace_back();
                width = 0;
            }
            width += columns;
            parts.back().push_back(shown);
        }
        for (size_t i = 0; i < parts.size(); i++) add_part(parts[i], i, parts.size());
    }

  private:
    void remark() {
        const Json& data = member(one_, "data");
        if (text_of(data, "status") != "is") out_.warnings.push_back({about_, text_of(data, "about")});
        for (const Json& metric : member(one_, "metrics")) {
            std::string text = text_of(metric, "convention");
            if (const std::string against = text_of(metric, "against"); !against.empty())
                text += ", against " + against;
            if (const std::string unit = text_of(metric, "unit"); !unit.empty()) text += fmt::format(" ({})", unit);
            if (const std::string reason = text_of(metric, "reason"); !reason.empty()) text += "; " + reason;
            if (const std::string note = text_of(metric, "note"); !note.empty()) text += "; " + note;
            out_.protocols.push_back({text_of(one_, "table") + "/" + text_of(metric, "name"), text});
        }
        std::string text = text_of(one_, "title") + "; " + text_of(one_, "source");
        for (const Json& note : member(one_, "notes"))
            if (note.is_string()) text += ". " + note.get<std::string>();
        out_.protocols.push_back({text_of(one_, "table"), text});
    }

    static std::vector<Column> columns_of(const std::vector<Shown>& part, bool deviations) {
        std::vector<Column> columns;
        for (const Shown& shown : part) {
            columns.push_back({.title = shown.name,
                               .direction = direction_of(*shown.metric),
                               .summary = text_of(*shown.metric, "convention")});
            if (deviations && shown.deviations)
                columns.push_back({.title = "Δ " + shown.name, .summary = "measured - published"});
        }
        return columns;
    }

    void add_part(const std::vector<Shown>& part, size_t i, size_t parts) {
        Table beside{part_title("Beside " + about_, i, parts), columns_of(part, true), {}},
            apart{part_title("Set apart from " + about_, i, parts), columns_of(part, false), {}};
        for (const Json& row : member(one_, "measured")) {
            const std::string reason = text_of(row, "set_apart");
            if (reason.empty()) {
                beside.rows.push_back(measured_row(row, part, true));
            } else {
                apart.rows.push_back(measured_row(row, part, false));
                if (apart.about.find(reason) == std::string::npos)
                    apart.about += (apart.about.empty() ? "Not among the published rows: " : "; ") + reason;
            }
        }
        for (const Json& row : member(one_, "rows")) beside.rows.push_back(published_row(row, part));
        beside.about =
            fmt::format("[as published: {}]: others' numbers ({}), without intervals; none is marked as best.",
                        text_of(one_, "table"), text_of(one_, "source"));
        if (std::ranges::any_of(part, &Shown::deviations)) beside.about += " Δ: measured - published.";
        out_.tables.push_back(std::move(beside));
        if (apart.rows.empty()) return;
        apart.about += '.';
        out_.tables.push_back(std::move(apart));
    }

    Row measured_row(const Json& row, const std::vector<Shown>& part, bool deviations) const {
        Row shown{text_of(row, "row"), {}};
        for (const Shown& metric : part) {
            const Json& value = value_named(row, metric.name);
            const auto number = number_of(value, "measured");
            const int digits = std::max(metric.digits, 2);
            Cell cell{number ? rounded(*number, digits) : "n/a", "", number};
            cell.n = count_of(value, "n");
            shown.cells.push_back(std::move(cell));
            if (deviations && metric.deviations)
                shown.cells.push_back(deviation(value, digits, text_of(*metric.metric, "note")));
        }
        return shown;
    }

    Cell deviation(const Json& value, int digits, const std::string& note) const {
        const auto number = number_of(value, "deviation");
        if (number) {
            Cell cell{(*number >= 0 ? "+" : "") + rounded(*number, digits), "", number};
            if (!note.empty()) cell.note = out_.note(note);
            return cell;
        }
        Cell cell{kNone};
        const std::string reason = text_of(value, "reason");
        if (number_of(value, "published") && !reason.empty()) cell.note = out_.note("no deviation: " + reason);
        return cell;
    }

    // A number that can't be compared with those above it has a dagger, and none to sort by.
    Row published_row(const Json& row, const std::vector<Shown>& part) const {
        Row shown{fmt::format("{} [as published: {}]", text_of(row, "method"), text_of(one_, "table")), {}};
        for (const Shown& metric : part) {
            const Json& value = member(member(row, "values"), metric.name);
            const auto number = number_of(value, "number");
            const std::string reason = text_of(*metric.metric, "reason");
            Cell cell{number ? text_of(value, "text") : kNone, "", reason.empty() ? number : std::nullopt};
            if (number && !reason.empty()) {
                cell.text += "†";
                cell.note = out_.note("not comparable with what was measured: " + reason);
            }
            shown.cells.push_back(std::move(cell));
            if (metric.deviations) shown.cells.push_back({kNone});
        }
        return shown;
    }

    const Json& one_;
    ReportTables& out_;
    const std::string about_;
};

}  // namespace

void add_published(const Json& report, size_t max_columns, ReportTables& out) {
    for (const Json& one : member(report, "published")) Maker(one, out).add(max_columns);
}

}  // namespace bfr

#include "reports/protocols.h"

#include <fmt/format.h>

#include <algorithm>

#include "metrics/presets.h"
#include "reports/json_values.h"
#include "reports/read.h"
#include "reports/remarks.h"
#include "reports/text.h"
#include "reports/value_columns.h"

namespace bfr {

namespace {

const Json& unit_of(const Json& units, const std::string& label) {
    static const Json kNone;
    for (const Json& unit : units) {
        if (text_of(unit, "label") == label) return unit;
    }
    return kNone;
}

Json results_of(const Json& rows, const std::string& name, bool of_set) {
    Json results = Json::array();
    for (const Json& row : rows) {
        const Json& value = member(member(row, of_set ? "set_values" : "values"), name);
        const auto number = number_of(value, of_set ? "value" : "mean");
        std::string note = text_of(value, "note"), reason = text_of(value, "reason");
        if (lacks_some(value)) note += (note.empty() ? "" : "; ") + lack_text(value);
        if (reason.empty()) reason = lack_text(value);
        results.push_back({{"method", text_of(row, "method")},
                           {"value", number ? Json(*number) : Json()},
                           {"n", count_of(value, "n")},
                           {"missing", count_of(value, "missing")},
                           {"reason", number ? Json() : Json(reason)},
                           {"note", number ? text_or_null(note) : Json()}});
        if (const auto excluded = count_of(value, "excluded")) results.back()["excluded"] = excluded;
    }
    return results;
}

// A value of the report's presets, where it stands in the table.
struct Line {
    const Json* value;
    std::string name;  // "vqfr/PSNR"
    size_t place;      // of its quantity
};

std::vector<Line> lines_of(const Json& report) {
    const auto quantities = preset_quantities();
    std::vector<Line> lines;
    for (const Json& preset : member(report, "presets")) {
        for (const Json& value : member(preset, "values")) {
            const auto place = std::ranges::find(quantities, text_of(value, "quantity")) - quantities.begin();
            lines.push_back({&value, text_of(value, "name"), static_cast<size_t>(place)});
        }
    }
    std::ranges::stable_sort(lines, {}, &Line::place);
    return lines;
}

const char* arrow_of(Direction direction) {
    return direction == Direction::kHigherIsBetter ? " ↑" : direction == Direction::kLowerIsBetter ? " ↓" : "";
}

std::string certainty_of(const Json& value) {
    const std::string certainty = text_of(value, "certainty");
    return certainty == "guess"      ? "; best guess: no published script shows how the paper computed it"
           : certainty == "deviates" ? "; not quite the script's value"
                                     : "";
}

// Behind the name in the table, so that nobody takes such a value for the paper's.
const char* mark_of(const Json& value) {
    const std::string certainty = text_of(value, "certainty");
    return certainty == "guess" ? " (guess)" : certainty == "deviates" ? " (deviates)" : "";
}

// The table has a word for what can't be computed; Not available says why, once for each unit.
Cell cell_of(const Json& value, const Json& result, int decimals, ReportTables& out) {
    const auto number = number_of(result, "value");
    Cell cell{number ? rounded(*number, decimals) : "n/a", "", number};
    if (!flag_of(value, "available", false)) {
        cell.text = "not available";
    } else if (!number) {
        const std::string reason = text_of(result, "reason");
        const std::string said = "no value: ";
        cell.note = out.note(reason.starts_with(said) ? reason : said + reason);
    } else if (const std::string note = text_of(result, "note"); !note.empty()) {
        cell.note = out.note(note);
    }
    return cell;
}

}  // namespace

FoundValue value_of_unit(const Json& unit, const std::string& wanted) {
    for (const bool of_set : {false, true}) {
        for (const Json& info : member(unit, of_set ? "set_values" : "values")) {
            const std::string name = text_of(info, "name");
            if (wanted.empty() || name == text_of(unit, "label") + "." + wanted || name == wanted)
                return {&info, of_set};
        }
    }
    return {};
}

Json describe_presets(std::span<const std::string> names, bool with_references, const Json& units, const Json& rows) {
    std::vector<std::string> known;
    for (const auto& name : names) {
        const bool exists = std::ranges::any_of(presets(), [&](const Preset& one) { return one.name == name; });
        if (exists || name == "all") known.push_back(name);
    }
    Json section = Json::array();
    for (const Preset* preset : presets_named(known)) {
        Json values = Json::array(), lack_references = Json::array();
        for (const auto& value : preset->values) {
            const std::string label = Spec::parse(value.unit).canonical();
            const Json& unit = unit_of(units, label);
            if (unit.is_null()) {  // for want of references; else of a run of another version
                if (!with_references && !value.alone) lack_references.push_back(value.name);
                continue;
            }
            const bool available = flag_of(unit, "available", false);
            const FoundValue found = available ? value_of_unit(unit, value.value) : FoundValue{};
            Json one = {{"name", preset->name + "/" + value.name},
                        {"quantity", value.quantity},
                        {"unit", label},
                        {"value", found.info ? Json(text_of(*found.info, "name")) : Json()},
                        {"direction", found.info ? text_of(*found.info, "direction") : "none"},
                        {"decimals", found.info ? decimals_of(*found.info) : 4},
                        {"measure", found.info ? text_of(*found.info, "unit") : ""},
                        {"about", value.about},
                        {"certainty", to_string(value.certainty)},
                        {"available", found.info != nullptr},
                        {"results", Json::array()}};
            if (found.info) one["results"] = results_of(rows, text_of(*found.info, "name"), found.of_set);
            values.push_back(std::move(one));
        }
        section.push_back({{"name", preset->name},
                           {"paper", preset->paper},
                           {"source", preset->source},
                           {"note", text_or_null(preset->note)},
                           {"values", std::move(values)}});
        if (!lack_references.empty()) section.back()["lack_references"] = std::move(lack_references);
    }
    return section;
}

void add_protocols(const Json& report, size_t max_columns, ReportTables& out) {
    const auto lines = lines_of(report);
    if (lines.empty()) return;
    std::vector<std::string> methods;
    for (const Json& row : member(report, "rows")) methods.push_back(text_of(row, "method"));
    const size_t most = max_columns == 0 ? methods.size() : max_columns;
    const size_t parts = (methods.size() + most - 1) / std::max<size_t>(most, 1);
    for (size_t part = 0; part < parts; part++) {
        Table table{part_title("Protocols side by side", part, parts), {}, {}};
        table.row_title = "protocol";
        const size_t first = part * most, last = std::min(first + most, methods.size());
        for (size_t i = first; i < last; i++) table.columns.push_back({.title = methods[i]});
        for (const auto& line : lines) {
            const std::string measure = text_of(*line.value, "measure");
            Row row{line.name + (measure.empty() ? "" : " (" + measure + ")") + arrow_of(direction_of(*line.value)) +
                        mark_of(*line.value),
                    {}};
            const Json& results = member(*line.value, "results");
            for (size_t i = first; i < last; i++) {
                const Json result = i < results.size() ? results[i] : Json();
                row.cells.push_back(cell_of(*line.value, result, decimals_of(*line.value), out));
            }
            table.rows.push_back(std::move(row));
        }
        out.tables.push_back(std::move(table));
    }
    for (const auto& line : lines) {
        out.protocols.push_back({line.name, fmt::format("{} ({}{})", text_of(*line.value, "about"),
                                                        text_of(*line.value, "unit"), certainty_of(*line.value))});
    }
    for (const Json& preset : member(report, "presets")) {
        if (member(preset, "values").empty()) continue;
        std::string text = text_of(preset, "paper") + "; " + text_of(preset, "source");
        if (const std::string note = text_of(preset, "note"); !note.empty()) text += ". " + note;
        out.protocols.push_back({text_of(preset, "name"), text});
    }
}

}  // namespace bfr

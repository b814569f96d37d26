#include "reports/paper/selection.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/names.h"
#include "reports/comparison.h"
#include "reports/paper/conventions.h"
#include "reports/read.h"
#include "reports/value_columns.h"

namespace bfr {

namespace {

// "[compact-128][off-distribution]" of "vspbfr[compact-128][off-distribution]"
std::string marks_of(std::string_view label) {
    size_t at = label.size();
    while (at > 0 && label[at - 1] == ']') {
        const size_t open = label.rfind('[', at - 1);
        if (open == std::string_view::npos) break;
        at = open;
    }
    return std::string(label.substr(at));
}

using Titles = std::map<std::string, std::string>;  // by label

// Every mention of a row's label, which other parts of a report refer to it by. All at once: one row's title may be
// another's label.
void rename_rows(Json& part, const Titles& titles) {
    if (part.is_object()) {
        for (const char* key : {"label", "method"})
            if (const auto found = titles.find(text_of(part, key)); found != titles.end()) part[key] = found->second;
    }
    if (part.is_structured())
        for (Json& member : part) rename_rows(member, titles);
}

void rename_keys(Json& object, const Titles& titles) {
    if (!object.is_object()) return;
    Json renamed = Json::object();
    for (auto& [label, value] : object.items())
        if (const auto found = titles.find(label); found != titles.end()) renamed[found->second] = std::move(value);
    object = std::move(renamed);
}

// Those of an array that are the chosen rows', in their order.
Json chosen_of(const Json& array, const char* name, const std::vector<std::string>& labels) {
    Json kept = Json::array();
    for (const std::string& label : labels)
        for (const Json& one : array)
            if (text_of(one, name) == label) kept.push_back(one);
    return kept;
}

void choose_results(Json& report, const std::vector<std::string>& labels) {
    if (!member(report, "presets").is_array()) return;
    for (Json& preset : report["presets"]) {
        if (!member(preset, "values").is_array()) continue;
        for (Json& value : preset["values"])
            if (value.is_object()) value["results"] = chosen_of(member(value, "results"), "method", labels);
    }
}

// What stands for differences between rows, of which some may be gone now.
void drop_differences(Json& report) {
    bool any = false;
    for (const char* key : {"comparison", "ablation", "published"}) {
        any = any || !member(report, key).empty();
        report.erase(key);
    }
    if (!any) return;
    if (!member(report, "warnings").is_array()) report["warnings"] = Json::array();
    report["warnings"].push_back(
        {{"about", "chosen rows"},
         {"text",
          "the report's tables of differences between rows, of ablations and of published numbers are left out here"}});
}

void check_titles(std::vector<std::string> titles, std::string_view option) {
    std::ranges::sort(titles);
    if (const auto twice = std::ranges::adjacent_find(titles); twice != titles.end())
        throw UsageError(
            fmt::format("two of {} are called '{}': give one another title, NAME as TITLE", option, *twice));
}

struct Place {
    size_t table, column;
};

std::vector<Place> places_of(const ReportTables& tables, const std::string& name) {
    std::vector<Place> exact, meant;
    std::vector<std::string> known, seen;
    for (size_t t = 0; t < tables.tables.size(); t++) {
        if (!tables.tables[t].choosable) continue;
        const auto& columns = tables.tables[t].columns;
        for (size_t c = 0; c < columns.size(); c++) {
            const std::string& column = columns[c].name;
            if (column.empty() || std::ranges::find(seen, column) != seen.end()) continue;
            seen.push_back(column);  // n stands in several tables
            known.push_back(column);
            if (column == name) exact.push_back({t, c});
            if (means_column(name, column)) meant.push_back({t, c});
        }
    }
    if (!exact.empty()) return exact;
    if (!meant.empty()) return meant;
    for (const Remark& unit : tables.unavailable) {
        if (!means_column(unit.about, name) && !means_column(name, unit.about)) continue;
        throw UsageError(fmt::format("--column {}: {} is not available: {}{}", name, unit.about, unit.text,
                                     unit.command.empty() ? "" : ". To mend it: " + unit.command));
    }
    throw UsageError(unknown_name("column", name, known));
}

// Wherever a value is described: in its unit, and in the protocols that show it.
void set_decimals(Json& part, const std::set<std::string>& names, int decimals) {
    if (part.is_object() && part.contains("direction") &&
        (names.contains(text_of(part, "name")) || names.contains(text_of(part, "value"))))
        part["decimals"] = decimals;
    if (part.is_object()) {
        for (const char* key : {"units", "presets", "values", "set_values"})
            if (part.contains(key)) set_decimals(part[key], names, decimals);
    } else if (part.is_array()) {
        for (Json& one : part) set_decimals(one, names, decimals);
    }
}

bool is_row(const Row& row, const Row& other) { return row.method == other.method && row.group == other.group; }

const Cell* cell_of(const Table& table, const Row& row, size_t column) {
    const auto found = std::ranges::find_if(table.rows, [&](const Row& one) { return is_row(one, row); });
    return found == table.rows.end() ? nullptr : &found->cells[column];
}

// Of the units that the chosen table doesn't show, nothing is said below it; of the others by what they are called.
void choose_conventions(const std::set<std::string>& units, ReportTables& tables) {
    const Table& chosen = tables.tables.front();
    std::erase_if(tables.conventions, [&](const Remark& one) {
        return units.contains(one.about) &&
               std::ranges::find(chosen.columns, one.about, &Column::unit) == chosen.columns.end();
    });
    for (Remark& one : tables.conventions) one.about = unit_as_titled(chosen, one.about);
}

// Refused, or where that is forced, said and marked.
void judge_mixtures(ReportTables& tables, bool force) {
    Table& table = tables.tables.front();
    const std::vector<Mixture> found = mixtures_of(table);
    if (found.empty()) return;
    if (!force) {
        throw UsageError(
            fmt::format("--column: {}. Say it in the titles (\"psnr:convention=vqfr as PSNR (vqfr)\"), or "
                        "--force prints it all the same, and marks it",
                        found.front().about));
    }
    for (const Mixture& one : found) {
        tables.warnings.push_back({"chosen columns", "printed by force: " + one.about});
        for (const size_t i : one.columns) {
            std::optional<size_t>& note = table.columns[i].note;
            note = tables.note(note ? tables.notes[*note - 1] + "; " + one.about : "printed by force: " + one.about);
        }
    }
}

void keep_used_notes(ReportTables& tables) {
    const std::vector<std::string> notes = std::exchange(tables.notes, {});
    for (Table& table : tables.tables) {
        for (Column& column : table.columns)
            if (column.note) column.note = tables.note(notes[*column.note - 1]);
        for (Row& row : table.rows)
            for (Cell& cell : row.cells)
                if (cell.note) cell.note = tables.note(notes[*cell.note - 1]);
    }
}

}  // namespace

Wanted wanted(std::string_view text) {
    constexpr std::string_view kAs = " as ";
    const size_t at = text.rfind(kAs);
    if (at == std::string_view::npos || at == 0 || at + kAs.size() == text.size()) return {std::string(text), ""};
    return {std::string(text.substr(0, at)), std::string(text.substr(at + kAs.size()))};
}

std::string title_of_row(const std::string& label, const std::string& title) {
    const std::string marks = marks_of(label);
    return title.empty() ? label : title + (marks.empty() ? "" : " " + marks);
}

bool means_column(const std::string& name, const std::string& column) {
    if (column == name) return true;
    return column.starts_with(name) && column.size() > name.size() &&
           (column[name.size()] == '.' || column[name.size()] == ':');
}

Json choose_rows(Json report, const std::vector<std::string>& rows) {
    if (rows.empty()) return report;
    Json methods = Json::array();  // as row_named() reads them, whatever the report's are like
    for (const Json& method : member(report, "methods")) {
        methods.push_back({{"label", text_of(method, "label")},
                           {"available", flag_of(method, "available", true)},
                           {"reason", text_of(method, "reason")}});
    }
    std::vector<std::string> labels, titles;
    for (const std::string& row : rows) {
        const Wanted one = wanted(row);
        const std::string label = row_named(one.name, methods, "row");
        if (std::ranges::find(labels, label) != labels.end())
            throw UsageError(fmt::format("'{}' names a row that is named before: {}", one.name, label));
        labels.push_back(label);
        titles.push_back(title_of_row(label, one.title));
    }
    check_titles(titles, "--row");
    Titles title_of;
    for (size_t i = 0; i < labels.size(); i++) title_of[labels[i]] = titles[i];
    for (const auto& [key, name] : {std::pair("methods", "label"), {"rows", "method"}})
        report[key] = chosen_of(member(report, key), name, labels);
    choose_results(report, labels);
    drop_differences(report);
    for (const char* key : {"methods", "rows", "presets"}) {
        if (report.contains(key)) rename_rows(report[key], title_of);
    }
    if (Json& timing = report["timing"]; timing.is_object() && timing.contains("methods"))
        rename_keys(timing["methods"], title_of);
    if (member(member(report, "by"), "groups").is_array()) {
        for (Json& group : report["by"]["groups"]) {
            if (!group.is_object()) continue;
            group["rows"] = chosen_of(member(group, "rows"), "method", labels);
            rename_rows(group["rows"], title_of);
        }
    }
    return report;
}

Json with_decimals(Json report, const std::vector<std::string>& settings) {
    for (const std::string& setting : settings) {
        const size_t at = setting.rfind('=');
        const std::string name = setting.substr(0, at), text = at == std::string::npos ? "" : setting.substr(at + 1);
        const bool digits =
            !text.empty() && text.size() <= 2 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
        if (!digits || std::stoi(text) > 12)
            throw UsageError(fmt::format("--decimals {}: NAME=N, N from 0 to 12, such as psnr=3", setting));
        std::vector<std::string> known;
        std::set<std::string> meant;
        for (const Json& unit : member(report, "units")) {
            for (const char* key : {"values", "set_values"}) {
                for (const Json& value : member(unit, key)) {
                    known.push_back(text_of(value, "name"));
                    if (means_column(name, known.back())) meant.insert(known.back());
                }
            }
        }
        if (meant.empty()) throw UsageError(unknown_name("value for --decimals", name, known));
        if (std::ranges::find(known, name) != known.end()) meant = {name};
        set_decimals(report, meant, std::stoi(text));
    }
    return report;
}

std::string tables_without_choice(const ReportTables& tables) {
    constexpr size_t kListed = 3;
    std::vector<std::string> titles;
    for (const Table& table : tables.tables)
        if (!table.choosable) titles.push_back(table.title);
    if (titles.empty()) return "";
    const size_t more = titles.size() - std::min(titles.size(), kListed);
    titles.resize(titles.size() - more);
    return fmt::format("{}{}", fmt::join(titles, "; "), more == 0 ? "" : fmt::format("; and {} more", more));
}

void choose_columns(ReportTables& tables, const std::vector<std::string>& columns, bool force) {
    if (columns.empty()) return;
    std::vector<std::pair<Place, std::string>> places;  // and titles of their own
    for (const std::string& text : columns) {
        const Wanted one = wanted(text);
        const auto found = places_of(tables, one.name);
        if (!one.title.empty() && found.size() > 1) {
            throw UsageError(
                fmt::format("'{}' has {} columns, which can't all be called {}", one.name, found.size(), one.title));
        }
        for (const Place& place : found) places.emplace_back(place, one.title);
    }
    if (const std::string lost = tables_without_choice(tables); !lost.empty())
        tables.warnings.push_back({"chosen columns", "the report's other tables are left out here: " + lost});
    Table chosen{"Results", {}, {}};
    std::set<std::string> units;
    for (const Table& table : tables.tables)
        for (const Column& column : table.columns)
            if (!column.unit.empty()) units.insert(column.unit);
    std::set<std::pair<std::string, std::string>> rows;
    for (const auto& [place, title] : places) {
        const Table& table = tables.tables[place.table];
        if (chosen.group_title.empty()) chosen.group_title = table.group_title;
        for (const Row& row : table.rows)
            if (rows.emplace(row.group, row.method).second) chosen.rows.push_back({row.method, {}, row.group});
    }
    for (const auto& [place, title] : places) {
        const Table& table = tables.tables[place.table];
        chosen.columns.push_back(table.columns[place.column]);
        if (!title.empty()) {
            const bool imported = chosen.columns.back().title.ends_with(kImported);
            chosen.columns.back().title = title + (imported ? kImported : "");
            chosen.columns.back().own_title = true;
        }
        for (Row& row : chosen.rows) {
            const Cell* cell = cell_of(table, row, place.column);
            row.cells.push_back(cell ? *cell : Cell{"–"});
        }
    }
    std::vector<std::string> titles;
    const std::vector<Column> as_named = chosen.columns;
    for (size_t i = 0; i < places.size(); i++) {
        Column& column = chosen.columns[i];
        // Of two tasks' values that are called alike, each has its whole name.
        const bool twice = std::ranges::count(as_named, column.title, &Column::title) > 1;
        if (twice && places[i].second.empty()) column.title = column.name;
        titles.push_back(column.title);
    }
    check_titles(titles, "--column");
    tables.tables = {std::move(chosen)};
    keep_used_notes(tables);
    choose_conventions(units, tables);
    judge_mixtures(tables, force);
}

}  // namespace bfr

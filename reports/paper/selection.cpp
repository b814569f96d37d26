#include "reports/paper/selection.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/names.h"
#include "reports/comparison.h"
#include "reports/read.h"

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

// Every mention of a row's label, which other parts of a report refer to it by.
void rename_row(Json& part, const std::string& from, const std::string& to) {
    if (part.is_object()) {
        for (const char* key : {"label", "method", "against", "baseline"})
            if (part.contains(key) && part[key] == from) part[key] = to;
    }
    if (part.is_structured())
        for (Json& member : part) rename_row(member, from, to);
}

void rename_key(Json& object, const std::string& from, const std::string& to) {
    if (!object.is_object() || !object.contains(from)) return;
    Json value = std::move(object[from]);
    object.erase(from);
    object[to] = std::move(value);
}

struct Place {
    size_t table, column;
};

bool is_meant(const std::string& name, const std::string& column) {
    if (column == name) return true;
    return column.starts_with(name) && column.size() > name.size() &&
           (column[name.size()] == '.' || column[name.size()] == ':');
}

std::vector<Place> places_of(const ReportTables& tables, const std::string& name) {
    std::vector<Place> exact, meant;
    std::vector<std::string> known, seen;
    for (size_t t = 0; t < tables.tables.size(); t++) {
        const auto& columns = tables.tables[t].columns;
        for (size_t c = 0; c < columns.size(); c++) {
            const std::string& column = columns[c].name;
            if (column.empty() || std::ranges::find(seen, column) != seen.end()) continue;
            seen.push_back(column);  // n stands in several tables
            known.push_back(column);
            if (column == name) exact.push_back({t, c});
            if (is_meant(name, column)) meant.push_back({t, c});
        }
    }
    if (!exact.empty()) return exact;
    if (meant.empty()) throw UsageError(unknown_name("column", name, known));
    return meant;
}

const Cell* cell_of(const Table& table, const std::string& row, size_t column) {
    const auto found = std::ranges::find(table.rows, row, &Row::method);
    return found == table.rows.end() ? nullptr : &found->cells[column];
}

void keep_used_notes(ReportTables& tables) {
    const std::vector<std::string> notes = std::exchange(tables.notes, {});
    for (Table& table : tables.tables)
        for (Row& row : table.rows)
            for (Cell& cell : row.cells)
                if (cell.note) cell.note = tables.note(notes[*cell.note - 1]);
}

}  // namespace

Wanted wanted(std::string_view text) {
    constexpr std::string_view kAs = " as ";
    const size_t at = text.rfind(kAs);
    if (at == std::string_view::npos || at == 0 || at + kAs.size() == text.size()) return {std::string(text), ""};
    return {std::string(text.substr(0, at)), std::string(text.substr(at + kAs.size()))};
}

Json choose_rows(Json report, const std::vector<std::string>& rows) {
    if (rows.empty()) return report;
    Json methods = Json::array();  // as row_named() reads them, whatever the report's are like
    for (const Json& method : member(report, "methods")) {
        methods.push_back({{"label", text_of(method, "label")},
                           {"available", flag_of(method, "available", true)},
                           {"reason", text_of(method, "reason")}});
    }
    std::vector<std::pair<std::string, std::string>> chosen;  // label, new label
    for (const std::string& row : rows) {
        const Wanted one = wanted(row);
        const std::string label = row_named(one.name, methods);
        if (std::ranges::find(chosen, label, &std::pair<std::string, std::string>::first) != chosen.end())
            throw UsageError(fmt::format("'{}' names a row that is named before: {}", one.name, label));
        const std::string marks = marks_of(label);
        chosen.emplace_back(label, one.title.empty() ? label : one.title + (marks.empty() ? "" : " " + marks));
    }
    for (const auto& [key, name] : {std::pair("methods", "label"), {"rows", "method"}}) {
        Json kept = Json::array();
        for (const auto& [label, title] : chosen)
            for (Json& one : report[key])
                if (text_of(one, name) == label) kept.push_back(one);
        report[key] = std::move(kept);
    }
    report.erase("comparison");
    report.erase("ablation");
    report.erase("presets");
    Json& timing = report["timing"];
    for (const auto& [label, title] : chosen) {
        if (label == title) continue;
        rename_row(report["methods"], label, title);
        rename_row(report["rows"], label, title);
        if (timing.is_object() && timing.contains("methods")) rename_key(timing["methods"], label, title);
    }
    return report;
}

void choose_columns(ReportTables& tables, const std::vector<std::string>& columns) {
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
    Table chosen{"Results", {}, {}};
    for (const auto& [place, title] : places) {
        for (const Row& row : tables.tables[place.table].rows) {
            if (std::ranges::find(chosen.rows, row.method, &Row::method) == chosen.rows.end())
                chosen.rows.push_back({row.method, {}});
        }
    }
    for (const auto& [place, title] : places) {
        const Table& table = tables.tables[place.table];
        chosen.columns.push_back(table.columns[place.column]);
        if (!title.empty()) chosen.columns.back().title = title;
        for (Row& row : chosen.rows) {
            const Cell* cell = cell_of(table, row.method, place.column);
            row.cells.push_back(cell ? *cell : Cell{"–"});
        }
    }
    tables.tables = {std::move(chosen)};
    keep_used_notes(tables);
}

}  // namespace bfr

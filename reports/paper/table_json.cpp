#include "reports/paper/table_json.h"

#include "reports/json_values.h"

namespace bfr {

namespace {

Json note_or_null(const std::optional<size_t>& note) { return note ? Json(*note) : Json(); }

Json interval_json(const Cell& cell) {
    if (!cell.low || !cell.high) return {};
    return {{"low", number_or_null(cell.low)}, {"high", number_or_null(cell.high)}};
}

Json cell_json(const Cell& cell) {
    return {{"text", cell.text},
            {"number", number_or_null(cell.number)},
            {"interval", interval_json(cell)},
            {"n", cell.n > 0 ? Json(cell.n) : Json()},
            {"best", cell.best},
            {"second", cell.second},
            {"verdict", text_or_null(cell.verdict)},
            {"note", note_or_null(cell.note)}};
}

Json column_json(const Column& column) {
    return {{"title", column.title},
            {"name", text_or_null(column.name)},
            {"unit", text_or_null(column.unit)},
            {"measure", column.measure},
            {"direction", direction_name(column.direction)},
            {"of_set", column.of_set},
            {"summary", text_or_null(column.summary)},
            {"note", note_or_null(column.note)}};
}

Json table_json(const Table& table) {
    Json columns = Json::array(), rows = Json::array();
    for (const Column& column : table.columns) columns.push_back(column_json(column));
    for (const Row& row : table.rows) {
        Json cells = Json::array();
        for (const Cell& cell : row.cells) cells.push_back(cell_json(cell));
        rows.push_back({{"row", row.method}, {"group", text_or_null(row.group)}, {"cells", std::move(cells)}});
    }
    return {{"title", table.title},
            {"row_title", table.row_title},
            {"by", text_or_null(table.group_title)},
            {"about", text_or_null(table.about)},
            {"columns", std::move(columns)},
            {"rows", std::move(rows)}};
}

Json remarks_json(const std::vector<Remark>& remarks) {
    Json all = Json::array();
    for (const Remark& one : remarks)
        all.push_back({{"about", one.about}, {"text", one.text}, {"command", text_or_null(one.command)}});
    return all;
}

}  // namespace

Json tables_json(const ReportTables& tables) {
    Json all = Json::array();
    for (const Table& table : tables.tables) all.push_back(table_json(table));
    return {{"schema", kTableSchema},
            {"complete", tables.complete},
            {"tables", std::move(all)},
            {"legend", tables.legend},
            {"notes", tables.notes},
            {"warnings", remarks_json(tables.warnings)},
            {"unavailable", remarks_json(tables.unavailable)},
            {"protocols", remarks_json(tables.protocols)},
            {"conventions", remarks_json(tables.conventions)},
            {"facts", remarks_json(tables.facts)}};
}

}  // namespace bfr

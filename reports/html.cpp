#include "reports/html.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>

#include "reports/details.h"
#include "reports/markup.h"
#include "reports/page/page.h"
#include "reports/provenance.h"
#include "reports/read.h"
#include "reports/run_page/data.h"
#include "reports/run_page/gallery.h"
#include "reports/table.h"
#include "reports/text.h"
#include "reports/ties.h"

namespace bfr {

namespace {

Markup note_mark(const Cell& cell) {
    return cell.note ? html("<sup><a href=\"#note-{}\">{}</a></sup>", *cell.note, *cell.note) : Markup();
}

Markup cell_of(const Cell& cell, bool numeric) {
    const std::string text = typeset_number(cell.text);
    const Markup value = cell.best ? html("<b>{}</b>", text) : html("{}", text);
    const std::string around = !cell.spread.empty()     ? "± " + cell.spread
                               : !cell.interval.empty() ? "(" + typeset_number(cell.interval) + ")"
                                                        : "";
    const Markup verdict = cell.verdict.empty() ? Markup() : html(" {}", cell.verdict);
    const Markup spread = around.empty() ? Markup() : html(" <span class=\"spread\">{}</span>", around);
    const Markup tied =
        cell.tied ? html(" <abbr class=\"tied\" title=\"not shown to be worse than the best\">≈</abbr>") : Markup();
    const Markup over = cell.n > 0 ? html(" title=\"over {}\"", count_text(cell.n, "sample")) : Markup();
    const Markup number = cell.number ? html(" data-number=\"{}\"", fmt::format("{}", *cell.number)) : Markup();
    return html("<td class=\"{}\"{}{}>{}{}{}{}{}</td>", numeric ? "number" : "word", number, over, value, spread, tied,
                verdict, note_mark(cell));
}

Markup heading_of(const Column& column) {
    const Markup title = column.summary.empty() ? html("{}", column.title)
                                                : html("<abbr title=\"{}\">{}</abbr>", column.summary, column.title);
    const Markup measure = column.measure.empty() ? Markup() : html(" <small>({})</small>", column.measure);
    const Markup lower = column.direction == Direction::kLowerIsBetter ? html(" data-best=\"low\"") : Markup();
    return html("<th scope=\"col\" class=\"{}\"{}>{}{}{}</th>", column.numeric ? "number" : "word", lower, title,
                measure, arrow(column.direction));
}

// How the value is made, and by which files: "RGB, peak 255; version 1; alex.pth 0123456789ab".
std::string made_by(const Json& report, const std::string& value) {
    for (const Json& unit : member(report, "units")) {
        for (const char* key : {"values", "set_values"}) {
            for (const Json& info : member(unit, key)) {
                if (value.empty() || text_of(info, "name") != value) continue;
                std::vector<std::string> parts;
                if (std::string text = text_of(unit, "convention"); !text.empty()) parts.push_back(std::move(text));
                if (const std::string text = text_of(unit, "version"); !text.empty())
                    parts.push_back("version " + text);
                for (const Json& file : member(unit, "weights"))
                    parts.push_back(text_of(file, "file") + " " + short_hash(text_of(file, "sha256")));
                return fmt::format("{}", fmt::join(parts, "; "));
            }
        }
    }
    return "";
}

Markup table_of(const Table& table, const Json& report) {
    Markup head, body, meanings;
    for (const Column& column : table.columns) {
        head += heading_of(column);
        const std::string how = made_by(report, column.name);
        if (!column.summary.empty() || !how.empty())
            meanings += html("<dt>{}</dt><dd>{}{}{}</dd>", column.title, column.summary,
                             column.summary.empty() || how.empty() ? "" : ". ", how);
    }
    for (const Row& row : table.rows) {
        body += html("<tr><th scope=\"row\"><bdi>{}</bdi></th>", row.method);
        for (size_t i = 0; i < row.cells.size(); i++) body += cell_of(row.cells[i], table.columns[i].numeric);
        body += html("</tr>\n");
    }
    Markup out = html(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\"><table "
        "class=\"results\"><caption>{}</caption>\n"
        "<thead><tr><th scope=\"col\">{}</th>{}</tr></thead>\n<tbody>\n{}</tbody></table></div>\n",
        table.title, table.title, table.row_title, head, body);
    if (!table.about.empty()) out += html("<p class=\"quiet\">{}</p>\n", table.about);
    if (!meanings.empty())
        out += html("<details class=\"meanings\"><summary>What the columns are</summary><dl>{}</dl></details>\n",
                    meanings);
    return out;
}

Markup results_section(const ReportTables& tables, const Json& report) {
    Markup out = html("<section id=\"results\"><h2>Results</h2>\n");
    if (tables.tables.empty()) out += html("<p>No value was computed.</p>\n");
    for (const Table& table : tables.tables) out += table_of(table, report);
    Markup legend, notes;
    for (const std::string& line : tables.legend) legend += html("{} ", line);
    out += html("<p class=\"quiet\">{}</p>\n", legend);
    for (size_t i = 0; i < tables.notes.size(); i++)
        notes += html("<li id=\"note-{}\">{}</li>\n", i + 1, tables.notes[i]);
    if (!notes.empty()) out += html("<ol class=\"notes\" aria-label=\"Footnotes\">{}</ol>\n", notes);
    out += html("</section>\n");
    return out;
}

Markup warnings_box(const ReportTables& tables) {
    Markup items;
    for (const Remark& remark : tables.warnings)
        items += html("<li><b><bdi>{}</bdi></b>: {}</li>\n", remark.about, remark.text);
    if (items.empty()) return {};
    return html("<section class=\"box\"><h2>Warnings</h2>\n<ul>\n{}</ul></section>\n", items);
}

Markup unavailable_box(const ReportTables& tables) {
    Markup items;
    for (const Remark& remark : tables.unavailable) {
        const Markup mend = remark.command.empty() ? Markup() : html("<br>To mend it: <code>{}</code>", remark.command);
        items += html("<li><b><bdi>{}</bdi></b>: {}{}</li>\n", remark.about, remark.text, mend);
    }
    if (items.empty()) return {};
    return html("<section class=\"box\"><h2>Not available</h2>\n<ul>\n{}</ul></section>\n", items);
}

Markup remarks_section(std::string_view title, const std::vector<Remark>& remarks) {
    Markup items;
    for (const Remark& remark : remarks)
        items += html("<dt><bdi>{}</bdi></dt><dd>{}</dd>\n", remark.about, remark.text);
    if (items.empty()) return {};
    return html("<section><h2>{}</h2>\n<dl class=\"remarks\">\n{}</dl></section>\n", title, items);
}

// 2026-01-02T03:04:05Z -> 2026-01-02 03:04 UTC; what is written otherwise stays.
std::string date_of(const std::string& iso) {
    if (iso.size() != 20 || iso[10] != 'T' || iso[19] != 'Z') return iso;
    return iso.substr(0, 10) + " " + iso.substr(11, 5) + " UTC";
}

Markup header_of(const Json& report, const ReportTables& tables) {
    const Json& program = member(member(report, "context"), "program");
    std::vector<std::string> parts = {count_text(member(report, "rows").size(), "method"),
                                      count_text(count_of(member(report, "data"), "n"), "sample"),
                                      fmt::format("seed {}", count_of(report, "seed"))};
    if (const std::string version = text_of(program, "version"); !version.empty())
        parts.push_back(text_of(program, "name") + " " + version);
    if (const std::string when = text_of(member(report, "context"), "finished"); !when.empty())
        parts.push_back(date_of(when));
    Markup out = html("<header><h1>Face restoration report</h1>\n<p class=\"quiet\">{}</p>\n",
                      fmt::format("{}", fmt::join(parts, " · ")));
    if (!tables.complete) {
        out +=
            html("<p class=\"box\"><b>Not complete.</b> The run was stopped; the same command goes on with it.</p>\n");
    }
    out += html("</header>\n");
    return out;
}

}  // namespace

std::string html_page(const Json& report, const std::filesystem::path& run_folder, PageFiles files) {
    if (report.is_object() && report.contains("by")) {  // the page chooses by group and label itself
        Json whole = report;
        whole.erase("by");
        return html_page(whole, run_folder, files);
    }
    ReportTables tables = make_tables(report);
    mark_ties(report, tables);
    Json data = run_data(report);
    data["pictures"] = gallery_data(report, run_folder, {.beside_page = files == PageFiles::kThumbnails});
    Markup main = header_of(report, tables);
    main += results_section(tables, report);
    main += warnings_box(tables);
    main += unavailable_box(tables);
    main += html(
        "<noscript><p class=\"box\">Charts and pictures are shown by this page's own script, which is switched off "
        "here.</p></noscript>\n<div id=\"charts\"></div>\n<div id=\"pictures\"></div>\n");
    main += details_section(report);
    if (!tables.protocols.empty()) main += remarks_section("What sets the protocols apart", tables.protocols);
    main += remarks_section("Conventions", tables.conventions);
    main += provenance_section(report, tables.facts);
    return self_contained_page({"Face restoration report", report_bundle(), main, std::move(data),
                                files == PageFiles::kThumbnails});
}

}  // namespace bfr

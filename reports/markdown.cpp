#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "reports/paper/selection.h"
#include "reports/table.h"
#include "reports/text.h"

namespace bfr {

namespace {

// Who reads it: a program that makes a page of it, or a person on a terminal.
enum class Reader { kMarkdown, kPerson };

constexpr size_t kMaxColumns = 6;  // about what a wide terminal shows without wrapping

// Text that no Markdown reader takes for markup. An underscore within a word and `<` before a blank are no markup and
// stay as they are.
std::string escaped(std::string_view raw) {
    const std::string text = visible(raw);
    std::string out;
    const auto in_word = [&](size_t i) {
        return i < text.size() && (std::isalnum(static_cast<unsigned char>(text[i])) != 0);
    };
    for (size_t i = 0; i < text.size(); i++) {
        const char c = text[i];
        if (c == '<' && i + 1 < text.size() && text[i + 1] == ' ') {
            out += c;
        } else if (c == '<') {
            out += "&lt;";
        } else if (c == '>') {
            out += "&gt;";
        } else if (c == '&') {
            out += "&amp;";
        } else if (c == '_' && i > 0 && in_word(i - 1) && in_word(i + 1)) {
            out += c;
        } else {
            if (std::string_view("\\`*_[]|~$#").find(c) != std::string_view::npos) out += '\\';
            out += c;
        }
    }
    return out;
}

// Code in which nothing is markup: the fence is longer than any run of back quotes inside.
std::string code(std::string_view raw) {
    const std::string text = visible(raw);
    size_t longest = 0, run = 0;
    for (const char c : text) {
        run = c == '`' ? run + 1 : 0;
        longest = std::max(longest, run);
    }
    const std::string fence(longest + 1, '`');
    const std::string space = text.starts_with('`') || text.ends_with('`') ? " " : "";
    return fence + space + text + space + fence;
}

std::string superscript(size_t number) {
    constexpr std::array<const char*, 10> kDigits = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    std::string out;
    for (const char digit : std::to_string(number)) out += kDigits[static_cast<size_t>(digit - '0')];
    return out;
}

size_t width(std::string_view text) {
    return static_cast<size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

class Writer {
  public:
    explicit Writer(Reader reader) : reader_(reader) {}

    std::string whole(const Json& report, const std::vector<std::string>& columns, bool force) const {
        ReportTables tables = make_tables(report, columns.empty() ? kMaxColumns : 0);
        choose_columns(tables, columns, force);
        return whole(tables);
    }

    std::string whole(const ReportTables& tables) const {
        std::string out;
        if (!tables.complete) out += "**Not complete: the run was stopped. The same command goes on with it.**\n\n";
        for (const Table& table : tables.tables) out += table_text(table);
        if (tables.tables.empty()) out += "No value was computed.\n\n";
        for (size_t i = 0; i < tables.legend.size(); i++) out += (i == 0 ? "" : " ") + shown(tables.legend[i]);
        out += "\n\n";
        for (size_t i = 0; i < tables.notes.size(); i++)
            out += superscript(i + 1) + " " + shown(tables.notes[i]) + "  \n";
        if (!tables.notes.empty()) out += '\n';
        out += list_text("Warnings", tables.warnings);
        out += list_text("Not available", tables.unavailable);
        out += list_text("What sets the protocols apart", tables.protocols);
        out += list_text("Conventions", tables.conventions);
        out += list_text(tables.facts_title, tables.facts);
        out.pop_back();
        return out;
    }

  private:
    std::string shown(std::string_view raw) const { return reader_ == Reader::kMarkdown ? escaped(raw) : visible(raw); }

    std::string heading(const Column& column) const {
        std::string text = shown(column.title);
        if (!column.measure.empty()) text += " (" + shown(column.measure) + ")";
        if (column.direction == Direction::kHigherIsBetter) text += " ↑";
        if (column.direction == Direction::kLowerIsBetter) text += " ↓";
        if (column.note) text += " " + superscript(*column.note);
        return text;
    }

    std::string cell_text(const Cell& cell) const {
        std::string text = shown(cell.text);
        if (cell.best) text = "**" + text + "**";
        if (!cell.spread.empty()) text += " ± " + cell.spread;
        if (!cell.interval.empty()) text += " (" + cell.interval + ")";
        if (!cell.verdict.empty()) text += " " + cell.verdict;
        if (cell.note) text += " " + superscript(*cell.note);
        return text;
    }

    std::string table_text(const Table& table) const {
        const bool grouped = !table.group_title.empty();
        std::vector<std::vector<std::string>> lines(1);
        if (grouped) lines.front().push_back(shown(table.group_title));
        lines.front().push_back(shown(table.row_title));
        const size_t labels = lines.front().size();  // columns before the values'
        for (const Column& column : table.columns) lines.front().push_back(heading(column));
        for (const Row& row : table.rows) {
            lines.emplace_back();
            if (grouped) lines.back().push_back(shown(group_text(row)));
            lines.back().push_back(shown(row.method));
            for (const Cell& cell : row.cells) lines.back().push_back(cell_text(cell));
        }
        std::vector<size_t> widths(lines.front().size(), 3);
        for (const auto& line : lines) {
            for (size_t i = 0; i < line.size(); i++) widths[i] = std::max(widths[i], width(line[i]));
        }
        const auto right = [&](size_t i) { return i >= labels && table.columns[i - labels].numeric; };
        std::string out = "### " + shown(table.title) + "\n\n";
        for (size_t l = 0; l < lines.size(); l++) {
            for (size_t i = 0; i < lines[l].size(); i++) {
                const std::string padding(widths[i] - width(lines[l][i]), ' ');
                out += "| " + (right(i) ? padding + lines[l][i] : lines[l][i] + padding) + ' ';
            }
            out += "|\n";
            if (l > 0) continue;
            for (size_t i = 0; i < widths.size(); i++)
                out += "|" + std::string(widths[i] + 1, '-') + (right(i) ? ":" : "-");
            out += "|\n";
        }
        if (!table.about.empty()) out += '\n' + shown(table.about) + '\n';
        return out + '\n';
    }

    std::string remark_text(const Remark& remark) const {
        std::string text = "* **" + shown(remark.about) + "**: " + shown(remark.text);
        if (!remark.command.empty()) text += ". To mend it: " + code(remark.command);
        return text + '\n';
    }

    std::string list_text(const std::string& title, const std::vector<Remark>& remarks) const {
        if (remarks.empty()) return "";
        std::string text = "### " + title + "\n\n";
        for (const Remark& remark : remarks) text += remark_text(remark);
        return text + '\n';
    }

    const Reader reader_;
};

}  // namespace

std::string markdown_table(const Json& report, const std::vector<std::string>& columns, bool force) {
    return Writer(Reader::kMarkdown).whole(report, columns, force);
}

std::string text_table(const Json& report, const std::vector<std::string>& columns, bool force) {
    return Writer(Reader::kPerson).whole(report, columns, force);
}

std::string markdown_table(const ReportTables& tables) { return Writer(Reader::kMarkdown).whole(tables); }

std::string text_table(const ReportTables& tables) { return Writer(Reader::kPerson).whole(tables); }

}  // namespace bfr

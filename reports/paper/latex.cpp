#include "reports/paper/latex.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "reports/paper/conventions.h"
#include "reports/paper/latex_column.h"
#include "reports/paper/selection.h"
#include "reports/read.h"
#include "reports/table.h"
#include "reports/text.h"

namespace bfr {

namespace {

constexpr size_t kMaxColumns = 8;  // about what a page's width holds

constexpr std::array<std::pair<std::string_view, std::string_view>, 28> kSpecial = {{
    {"\\", "\\textbackslash{}"},
    {"{", "\\{"},
    {"}", "\\}"},
    {"$", "\\$"},
    {"&", "\\&"},
    {"#", "\\#"},
    {"_", "\\_"},
    {"%", "\\%"},
    {"^", "\\textasciicircum{}"},
    {"~", "\\textasciitilde{}"},
    {"<", "\\textless{}"},
    {">", "\\textgreater{}"},
    {"|", "\\textbar{}"},
    {"\"", "\\char34{}"},
    {"`", "\\textasciigrave{}"},
    {"↑", "$\\uparrow$"},
    {"↓", "$\\downarrow$"},
    {"±", "$\\pm$"},
    {"Δ", "$\\Delta$"},
    {"−", "$-$"},
    {"×", "$\\times$"},
    {"†", "$\\dagger$"},
    {"·", "$\\cdot$"},
    {"≤", "$\\leq$"},
    {"≥", "$\\geq$"},
    {"–", "--"},
    {"…", "\\ldots{}"},
    {"\xEF\xBF\xBD", "?"},
}};

class Writer {
  public:
    Writer(const ReportTables& tables, const Json& report, LatexStyle style)
        : tables_(tables), report_(report), style_(style) {}

    std::string table(const Table& table) const {
        std::vector<LatexColumn> columns;
        std::string format = "l", head = escape_latex(table.row_title), body;
        size_t width = 1;
        for (size_t i = 0; i < table.columns.size(); i++) {
            const LatexColumn& column = columns.emplace_back(table, i, style_);
            format += column.format();
            head += " & " + column.head();
            width += column.width();
        }
        const std::string* group = nullptr;
        for (const Row& row : table.rows) {
            if (!table.group_title.empty() && (!group || *group != row.group))
                body += heading(table, row, width, group);
            group = &row.group;
            body += first_cell(row.method);
            for (size_t i = 0; i < row.cells.size(); i++) body += " & " + columns[i].cell(row.cells[i]);
            body += " \\\\\n";
        }
        return fmt::format(
            "\\begin{{table}}\n\\centering\n\\caption{{{}}}\n\\begin{{tabular}}{{{}}}\n\\toprule\n{} \\\\\n\\midrule\n"
            "{}\\bottomrule\n\\end{{tabular}}\n{}\\end{{table}}\n",
            escape_latex(table.title), format, head, body, below(table));
    }

  private:
    // Above the rows of a group.
    static std::string heading(const Table& table, const Row& row, size_t width, const std::string* before) {
        const bool named = !row.group.empty() && row.group != "no " + table.group_title;
        const std::string text = named ? table.group_title + ": " + row.group : group_text(row);
        return fmt::format("{}\\multicolumn{{{}}}{{l}}{{\\textit{{{}}}}} \\\\\n", before ? "\\midrule\n" : "", width,
                           escape_latex(text));
    }

    // \\ and \midrule before it would take what begins so for an argument of theirs.
    static std::string first_cell(const std::string& label) {
        const std::string text = escape_latex(label);
        const size_t begin = text.find_first_not_of(' ');
        const bool argument = begin != std::string::npos && (text[begin] == '[' || text[begin] == '*');
        return (argument ? "{}" : "") + text;
    }

    // The conventions of the values in this table, and what its marks mean.
    std::string below(const Table& table) const {
        std::vector<std::string> lines;
        std::set<size_t> notes;
        bool best = false, second = false, verdict = false;
        for (const Column& column : table.columns)
            if (column.note) notes.insert(*column.note);
        for (const Row& row : table.rows) {
            for (const Cell& cell : row.cells) {
                if (cell.note) notes.insert(*cell.note);
                best = best || cell.best;
                second = second || cell.second;
                verdict = verdict || !cell.verdict.empty();
            }
        }
        if (!table.about.empty()) lines.push_back(escape_latex(table.about));
        for (const size_t note : notes)
            lines.push_back(fmt::format("\\textsuperscript{{{}}} {}.", note, escape_latex(tables_.notes[note - 1])));
        if (best)
            lines.push_back(std::string("Bold: the best") + (second ? ", underlined: the second" : "") +
                            ", of the rows over the most samples.");
        for (const std::string& line : tables_.legend)
            if (applies(line, verdict)) lines.push_back(escape_latex(line));
        if (report_.is_null())
            for (const Remark& unit : tables_.conventions)
                lines.push_back(fmt::format("{}: {}.", escape_latex(unit.about), escape_latex(unit.text)));
        for (const Json& unit : member(report_, "units")) {
            const std::string label = text_of(unit, "label"), convention = text_of(unit, "convention");
            if (!convention.empty() && shows(table, unit))
                lines.push_back(
                    fmt::format("{}: {}.", escape_latex(unit_as_titled(table, label)), escape_latex(convention)));
        }
        if (lines.empty()) return "";
        std::string text = "\\par\\medskip\n\\parbox{\\linewidth}{\\footnotesize\\raggedright\n";
        for (const std::string& line : lines) text += line + "\\par\n";
        return text + "}\n";
    }

    // Arrows and bold type have lines of their own; what is said of intervals and verdicts belongs where they are.
    bool applies(const std::string& line, bool verdict) const {
        if (line.starts_with("↑") || line.starts_with("Bold:")) return false;
        if (line.starts_with("Values ")) return style_.intervals;
        if (line.starts_with("Δ")) return verdict;
        if (line.starts_with("Only ") || line.starts_with("A percentile bootstrap")) return style_.intervals || verdict;
        return true;
    }

    static bool shows(const Table& table, const Json& unit) {
        for (const char* key : {"values", "set_values"}) {
            for (const Json& value : member(unit, key))
                if (std::ranges::find(table.columns, text_of(value, "name"), &Column::name) != table.columns.end())
                    return true;
        }
        return false;
    }

    const ReportTables& tables_;
    const Json& report_;
    LatexStyle style_;
};

// As comments.
std::string remarks(std::string_view kind, const std::vector<Remark>& all) {
    std::string out;
    for (const Remark& one : all) {
        out += fmt::format("% {}: {}: {}{}\n", kind, visible(one.about), visible(one.text),
                           one.command.empty() ? "" : ". To mend it: " + visible(one.command));
    }
    return out;
}

}  // namespace

std::string escape_latex(std::string_view raw) {
    const std::string text = visible(raw);
    std::string out;
    for (size_t at = 0; at < text.size();) {
        const std::string_view rest = std::string_view(text).substr(at);
        const auto found = std::ranges::find_if(kSpecial, [&](const auto& one) { return rest.starts_with(one.first); });
        if (rest.starts_with("--") || rest.starts_with("''")) {  // two characters, no dash or quote
            out += text[at++];
            out += "{}";
        } else if (found == kSpecial.end()) {
            out += text[at++];
        } else {
            out += found->second;
            at += found->first.size();
        }
    }
    return out;
}

namespace {

std::string all_of(const ReportTables& tables, const Json& report, LatexStyle style) {
    const Writer writer(tables, report, style);
    std::string out = "% \\usepackage{booktabs}\n";
    if (style.siunitx) out += "% \\usepackage{siunitx}\n";
    if (!tables.complete) out += "% Not complete: the run was stopped.\n";
    out += remarks("Warning", tables.warnings) + remarks("Not available", tables.unavailable);
    for (const Table& table : tables.tables) out += writer.table(table);
    return out;
}

}  // namespace

std::string latex_tables(const Json& report, const LatexOptions& options) {
    ReportTables tables = make_tables(report, options.columns.empty() ? kMaxColumns : 0);
    choose_columns(tables, options.columns, options.force);
    return all_of(tables, report, {options.intervals, options.siunitx});
}

std::string latex_tables(const ReportTables& tables, bool siunitx) { return all_of(tables, Json(), {true, siunitx}); }

}  // namespace bfr

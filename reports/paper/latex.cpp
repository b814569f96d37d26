#include "reports/paper/latex.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "reports/markup.h"
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

// With the minus sign of typography.
std::string number_text(const std::string& text) { return escape_latex(typeset_number(text)); }

std::string arrow_of(Direction direction) {
    return direction == Direction::kHigherIsBetter  ? " $\\uparrow$"
           : direction == Direction::kLowerIsBetter ? " $\\downarrow$"
                                                    : "";
}

class Writer {
  public:
    Writer(const ReportTables& tables, const Json& report, bool intervals)
        : tables_(tables), report_(report), intervals_(intervals) {}

    std::string table(const Table& table) const {
        std::vector<bool> wide;  // columns whose numbers are followed by something of their own width
        for (size_t i = 0; i < table.columns.size(); i++) {
            wide.push_back(intervals_ && std::ranges::any_of(table.rows, [&](const Row& row) {
                               return !around(row.cells[i]).empty();
                           }));
        }
        std::string format = "l", head = escape_latex(table.row_title), body;
        for (size_t i = 0; i < table.columns.size(); i++) {
            const Column& column = table.columns[i];
            format += !column.numeric ? "l" : wide[i] ? "r@{\\,}l" : "r";
            std::string title = escape_latex(column.title);
            if (!column.measure.empty()) title += " (" + escape_latex(column.measure) + ")";
            title += arrow_of(column.direction);
            head += wide[i] ? fmt::format(" & \\multicolumn{{2}}{{c}}{{{}}}", title) : " & " + title;
        }
        for (const Row& row : table.rows) {
            body += first_cell(row.method);
            for (size_t i = 0; i < row.cells.size(); i++) body += " & " + cell(row.cells[i], wide[i]);
            body += " \\\\\n";
        }
        return fmt::format(
            "\\begin{{table}}\n\\centering\n\\caption{{{}}}\n\\begin{{tabular}}{{{}}}\n\\toprule\n{} \\\\\n\\midrule\n"
            "{}\\bottomrule\n\\end{{tabular}}\n{}\\end{{table}}\n",
            escape_latex(table.title), format, head, body, below(table));
    }

  private:
    // \\ and \midrule before it would take what begins so for an argument of theirs.
    static std::string first_cell(const std::string& label) {
        const std::string text = escape_latex(label);
        const size_t begin = text.find_first_not_of(' ');
        const bool argument = begin != std::string::npos && (text[begin] == '[' || text[begin] == '*');
        return (argument ? "{}" : "") + text;
    }

    static std::string around(const Cell& cell) {
        if (!cell.spread.empty()) return "$\\pm$ " + escape_latex(cell.spread);
        if (!cell.interval.empty()) return "(" + number_text(cell.interval) + ")";
        return "";
    }

    static std::string cell(const Cell& cell, bool wide) {
        std::string text = number_text(cell.text);
        if (cell.best) text = "\\textbf{" + text + "}";
        if (cell.second) text = "\\underline{" + text + "}";
        // Without a width of its own the mark moves no digit.
        const std::string mark = cell.note ? fmt::format("\\rlap{{\\textsuperscript{{{}}}}}", *cell.note) : "";
        if (!cell.verdict.empty()) text += " " + escape_latex(cell.verdict);
        if (!wide) return text + mark;
        const std::string beside = around(cell);
        return text + " & " + (beside.empty() ? "" : "{\\scriptsize " + beside + "}") + mark;
    }

    // The conventions of the values in this table, and what its marks mean.
    std::string below(const Table& table) const {
        std::vector<std::string> lines;
        std::set<size_t> notes;
        bool best = false, second = false, verdict = false;
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
                lines.push_back(fmt::format("{}: {}.", escape_latex(label), escape_latex(convention)));
        }
        if (lines.empty()) return "";
        std::string text = "\\par\\medskip\n\\parbox{\\linewidth}{\\footnotesize\\raggedright\n";
        for (const std::string& line : lines) text += line + "\\par\n";
        return text + "}\n";
    }

    // Arrows and bold type have lines of their own; what is said of intervals and verdicts belongs where they are.
    bool applies(const std::string& line, bool verdict) const {
        if (line.starts_with("↑") || line.starts_with("Bold:")) return false;
        if (line.starts_with("Values ")) return intervals_;
        if (line.starts_with("Δ")) return verdict;
        if (line.starts_with("Only ") || line.starts_with("A percentile bootstrap")) return intervals_ || verdict;
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
    bool intervals_;
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

std::string all_of(const ReportTables& tables, const Writer& writer) {
    std::string out = "% \\usepackage{booktabs}\n";
    if (!tables.complete) out += "% Not complete: the run was stopped.\n";
    out += remarks("Warning", tables.warnings) + remarks("Not available", tables.unavailable);
    for (const Table& table : tables.tables) out += writer.table(table);
    return out;
}

}  // namespace

std::string latex_tables(const Json& report, const LatexOptions& options) {
    ReportTables tables = make_tables(report, options.columns.empty() ? kMaxColumns : 0);
    choose_columns(tables, options.columns);
    return all_of(tables, Writer(tables, report, options.intervals));
}

std::string latex_tables(const ReportTables& tables) { return all_of(tables, Writer(tables, Json(), true)); }

}  // namespace bfr

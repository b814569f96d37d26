#include "reports/paper/latex_column.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "reports/markup.h"
#include "reports/paper/latex.h"

namespace bfr {

namespace {

// With the minus sign of typography.
std::string number_text(const std::string& text) { return escape_latex(typeset_number(text)); }

// A plain number, and what may stand behind it.
struct Numeral {
    std::string number;   // "-0.25"
    size_t digits = 0;    // before the point
    size_t decimals = 0;  // after it
    bool dagger = false;
};

std::optional<Numeral> numeral_of(std::string text) {
    constexpr std::string_view kDagger = "†";
    Numeral numeral;
    if (text.ends_with(kDagger)) {
        numeral.dagger = true;
        text.resize(text.size() - kDagger.size());
    }
    numeral.number = text;
    size_t at = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
    const auto digits = [&] {
        const size_t begin = at;
        while (at < text.size() && text[at] >= '0' && text[at] <= '9') at++;
        return at - begin;
    };
    numeral.digits = digits();
    if (at < text.size() && text[at] == '.') {
        at++;
        numeral.decimals = digits();
        if (numeral.decimals == 0) return std::nullopt;
    }
    if (at != text.size() || numeral.digits == 0) return std::nullopt;
    return numeral;
}

// detect-weight lets \bfseries reach the number, in siunitx 2 and 3 alike.
std::string siunitx_format(const std::vector<Numeral>& numerals) {
    size_t digits = 1, decimals = 0;
    bool sign = false, plus = false;
    for (const Numeral& one : numerals) {
        digits = std::max(digits, one.digits);
        decimals = std::max(decimals, one.decimals);
        plus = plus || one.number.starts_with('+');
        sign = sign || plus || one.number.starts_with('-');
    }
    return fmt::format("S[table-format={}{}.{},detect-weight{}]", sign ? "-" : "", digits, decimals,
                       plus ? ",retain-explicit-plus" : "");
}

std::string around(const Cell& cell) {
    if (!cell.spread.empty()) return "$\\pm$ " + escape_latex(cell.spread);
    if (!cell.interval.empty()) return "(" + number_text(cell.interval) + ")";
    return "";
}

std::string in_braces(const std::string& text) { return "{" + text + "}"; }

std::string marked(const Cell& cell, std::string text) {
    if (cell.best) text = "\\textbf{" + text + "}";
    if (cell.second) text = "\\underline{" + text + "}";
    return text;
}

std::string mark_of(const Cell& cell) { return cell.note ? latex_mark(*cell.note) : ""; }

// The line below the second best has no width: the point stays where it is.
std::string aligned_number(const Cell& cell, const Numeral& numeral) {
    std::string text = (cell.best ? "\\bfseries " : "") + numeral.number;
    if (cell.second) text += "{\\llap{\\underline{\\phantom{$" + numeral.number + "$}}}}";
    if (numeral.dagger) text += "{\\rlap{$\\dagger$}}";
    return text;
}

}  // namespace

std::string latex_mark(size_t note) { return fmt::format("\\rlap{{\\textsuperscript{{{}}}}}", note); }

LatexColumn::LatexColumn(const Table& table, size_t at, LatexStyle style) : column_(table.columns[at]), style_(style) {
    std::vector<Numeral> numerals;
    bool intervals = false, verdicts = false;
    for (const Row& row : table.rows) {
        const Cell& cell = row.cells[at];
        if (const auto numeral = numeral_of(cell.text)) numerals.push_back(*numeral);
        intervals = intervals || !around(cell).empty();
        verdicts = verdicts || !cell.verdict.empty();
    }
    aligned_ = style.siunitx && column_.numeric && !numerals.empty();
    wide_ = (style.intervals && intervals) || (aligned_ && verdicts);
    format_ = !column_.numeric ? "l" : aligned_ ? siunitx_format(numerals) : "r";
    if (wide_) format_ += "@{\\,}l";
}

std::string LatexColumn::head() const {
    std::string title = escape_latex(column_.title);
    if (!column_.measure.empty()) title += " (" + escape_latex(column_.measure) + ")";
    if (column_.direction == Direction::kHigherIsBetter) title += " $\\uparrow$";
    if (column_.direction == Direction::kLowerIsBetter) title += " $\\downarrow$";
    if (column_.note) title += latex_mark(*column_.note);
    if (wide_) return fmt::format("\\multicolumn{{2}}{{c}}{{{}}}", title);
    return aligned_ ? in_braces(title) : title;
}

std::string LatexColumn::behind(const Cell& cell) const {
    const std::string beside = style_.intervals ? around(cell) : "";
    const std::string verdict = aligned_ ? escape_latex(cell.verdict) : "";
    return verdict + (verdict.empty() || beside.empty() ? "" : " ") +
           (beside.empty() ? "" : "{\\scriptsize " + beside + "}") + mark_of(cell);
}

std::string LatexColumn::cell(const Cell& cell) const {
    const std::string rest = wide_ ? " & " + behind(cell) : "";
    std::string text;
    if (!aligned_) {
        text = marked(cell, number_text(cell.text));
        if (!cell.verdict.empty()) text += " " + escape_latex(cell.verdict);
        return text + (wide_ ? rest : mark_of(cell));
    }
    const std::string mark = wide_ ? "" : mark_of(cell);
    if (const auto numeral = numeral_of(cell.text)) {
        text = aligned_number(cell, *numeral) + (mark.empty() ? "" : in_braces(mark));
    } else if (!cell.text.empty()) {
        text = in_braces(marked(cell, number_text(cell.text)) + mark);
    }
    return text + rest;
}

}  // namespace bfr

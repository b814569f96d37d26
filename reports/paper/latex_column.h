// How LaTeX sets one column of a table: its place in the tabular's format, its heading and its cells.
#pragma once

#include <cstddef>
#include <string>

#include "reports/table.h"

namespace bfr {

struct LatexStyle {
    bool intervals = false;
    // Numbers in columns of the package siunitx (2 or 3), aligned at the decimal point; what is no plain number stands
    // in the middle of its column.
    bool siunitx = false;
};

class LatexColumn {
  public:
    LatexColumn(const Table& table, size_t at, LatexStyle style);

    const std::string& format() const { return format_; }
    size_t width() const { return wide_ ? 2 : 1; }  // columns of the tabular
    std::string head() const;                       // with & between those
    std::string cell(const Cell& cell) const;       // likewise

  private:
    std::string behind(const Cell& cell) const;

    const Column& column_;
    const LatexStyle style_;
    bool aligned_ = false;  // of siunitx
    bool wide_ = false;     // numbers are followed by something of its own width
    std::string format_;
};

// A footnote's number, without a width of its own.
std::string latex_mark(size_t note);

}  // namespace bfr

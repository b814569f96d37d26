// Curves that a unit leaves in a row's details, as the page draws them: one line a method.
#pragma once

#include "base/json.h"

namespace bfr {

// [{title, x, y, log, about, lines: [{method, x, y, over}]}]: `x`, `y` name the axes, `log` says whether x is shown as
// its logarithm; `method` is the row's place, `over` says over how many a line is ("1709 faces"; empty where the report
// doesn't). Of landmarks the share of faces below an error; of verification the ROC, without the false acceptance rates
// that the line's pairs don't resolve: those below 1 / (pairs of two people).
Json run_curves(const Json& report);

}  // namespace bfr

// Curves that a unit leaves in a row's details, as the page draws them: one line a method.
#pragma once

#include "base/json.h"

namespace bfr {

// [{title, x, y, log, lines: [{method, x, y}]}]: `x`, `y` name the axes, `log` says whether x is shown as its
// logarithm; `method` is the row's place. Of landmarks the share of faces below an error, of verification the ROC.
Json run_curves(const Json& report);

}  // namespace bfr

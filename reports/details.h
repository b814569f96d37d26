// What tasks found besides their values: tables of counts, such as an emotion task's confusion matrix.
#pragma once

#include "base/json_fwd.h"
#include "reports/markup.h"

namespace bfr {

// Every rectangular array of numbers in the rows' details, a table a method. Its lines and columns are named by the
// array of texts of the same length beside it, where there is one. Empty where there are none.
Markup details_section(const Json& report);

}  // namespace bfr

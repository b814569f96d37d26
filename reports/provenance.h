// How a report's numbers came about: command, program, libraries, machine, weights, configuration.
#pragma once

#include <vector>

#include "base/json_fwd.h"
#include "reports/markup.h"
#include "reports/table.h"

namespace bfr {

// `facts`: ReportTables::facts, the short form; what is long folds away below them.
Markup provenance_section(const Json& report, const std::vector<Remark>& facts);

}  // namespace bfr

// What `run`, `evaluate` and `downstream` share: one run of the engine, its table on stdout, its pages in the folder.
#pragma once

#include <string>
#include <vector>

#include "reports/config.h"

namespace bfr {

// Returns the exit code. Writes report.md and report.html beside the engine's report.json.
int run_and_report(const RunConfig& config, const std::vector<std::string>& line);

}  // namespace bfr

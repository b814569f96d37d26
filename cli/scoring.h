// What `run`, `evaluate` and `downstream` share: one run of the engine, its table on stdout, its pages in the folder.
#pragma once

#include <string>
#include <vector>

#include "reports/config.h"

namespace bfr {

// What --preset is where values are computed.
inline constexpr const char* kPresetHelp =
    "protocol of the field whose values to compute (bfr list presets): vqfr, pyiqa ...; all: every one, side by side";

// Returns the exit code. Writes report.md and report.html beside the engine's report.json.
int run_and_report(const RunConfig& config, const std::vector<std::string>& line);

}  // namespace bfr

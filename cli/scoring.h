// What `run`, `evaluate` and `downstream` share: one run of the engine, its table on stdout, its pages in the folder.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/json_fwd.h"
#include "datasets/sample.h"
#include "reports/config.h"
#include "reports/run_folder.h"

namespace bfr {

// What --preset is where values are computed.
inline constexpr const char* kPresetHelp =
    "protocol of the field whose values to compute (bfr list presets): vqfr, pyiqa ...; all: every one, side by side";

// What a command adds to a run.
struct RunHooks {
    // Before anything is done.
    std::function<void(const RunDescription& description, const SampleList& samples)> before = {};
    // Of the finished report, before its pages are made.
    std::function<void(Json& report)> amend = {};
};

// Returns the exit code. Writes report.md and report.html beside the engine's report.json.
int run_and_report(const RunConfig& config, const std::vector<std::string>& line, const RunHooks& hooks = {});

}  // namespace bfr

// report.json, from the run's description and its records alone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "downstream/task.h"
#include "metrics/metric.h"
#include "reports/records.h"
#include "reports/run_folder.h"
#include "restore/restorer.h"

namespace bfr {

// A unit as it stands in the report's "methods" and "units".
Json describe(const RestorerInfo& info);
Json describe(const ScorerInfo& info, const std::string& kind);  // "metric" or "task"
Json describe_missing_method(const std::string& label, const std::string& reason, const std::string& mend);
Json describe_missing_unit(const std::string& kind, const std::string& label, const std::string& reason,
                           const std::string& mend);

// What varies from run to run.
struct RunCost {
    double wall_seconds = 0;
    uint64_t peak_memory_bytes = 0;
};

// `records`: in any order; of several for one (method, sample) the last counts; those of samples or methods that the
// run doesn't have are ignored. `tasks`: the available ones, in the order of the description. Everything but "context"
// and "timing" is a function of the other arguments' contents, whatever the order of the records.
Json build_report(const RunDescription& description, std::vector<Record> records, std::span<const Task* const> tasks,
                  bool complete, Json context, const RunCost& cost);

// The report of a run's folder again, from run.json and records.jsonl; nothing is restored or scored. The tasks must be
// available.
Json rebuild_report(const std::filesystem::path& out, const std::vector<std::string>& command_line);

// How the program writes reports: indented by 1, UTF-8 (what isn't is replaced), a newline at the end.
std::string report_text(const Json& report);

}  // namespace bfr

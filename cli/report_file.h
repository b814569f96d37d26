// A report as a command line names it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/json.h"

namespace bfr {

// Of a report.json; Error naming the file where it isn't one.
Json read_report(const std::filesystem::path& file);

// Of a report.json, or of a run's folder, from its records (rebuild_report()). UsageError where a folder is no run's.
// `line`: the command line.
Json read_or_rebuild_report(const std::filesystem::path& path, const std::vector<std::string>& line);

}  // namespace bfr

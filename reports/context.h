// Where and how a run was computed: what may differ between two equal reports.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "reports/config.h"

namespace bfr {

std::string program_version();  // "0.1.0"
std::string program_commit();   // of the source tree at build time, "+changes" where files differ from it; or "unknown"

Json library_versions();  // {"libtorch": "1.13.1", "opencv": ..., "dlib": ..., "openblas": ... or absent}
std::string cpu_model();
std::string instruction_set();  // as LibTorch dispatches: "AVX512", "AVX2", "DEFAULT"
std::string utc_now();          // 2024-05-01T12:00:00Z

// The report's "context" with "started" now; "finished" is null until it is set. "resumed", the
// number of records taken over from earlier starts, is 0.
Json make_context(const RunConfig& config, const std::vector<std::string>& command_line);

}  // namespace bfr

// A report as one page that needs nothing else: no script, no network, pictures inside.
#pragma once

#include <filesystem>
#include <string>

#include "base/json_fwd.h"

namespace bfr {

// `run_folder`: where the run wrote its pictures (images/). Every text of the report is escaped; a picture that isn't
// there is a text in its place. Throws Error where `report` is no report.
std::string html_page(const Json& report, const std::filesystem::path& run_folder);

}  // namespace bfr

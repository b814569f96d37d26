// A report as one page that needs nothing else: no network, pictures and the script inside. Its tables are there
// without the script; charts, the gallery and what sorts and filters are the script's (web/src/pages/report.ts).
#pragma once

#include <filesystem>
#include <string>

#include "base/json_fwd.h"

namespace bfr {

// `run_folder`: where the run wrote its pictures (images/). Every text of the report is escaped; a picture that isn't
// there is a text in its place. With kThumbnails the page is not one file: the pictures of the samples that have no
// place in it are written to RUN_FOLDER/thumbnails, and it belongs beside that. Throws Error where `report` is no report.
enum class PageFiles { kNone, kThumbnails };
std::string html_page(const Json& report, const std::filesystem::path& run_folder, PageFiles files = PageFiles::kNone);

}  // namespace bfr

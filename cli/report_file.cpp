#include "cli/report_file.h"

#include "base/error.h"
#include "base/files.h"
#include "base/parse_json.h"
#include "reports/engine.h"
#include "reports/feature_cache.h"
#include "reports/read.h"
#include "reports/run_folder.h"

namespace bfr {
namespace fs = std::filesystem;

Json read_report(const fs::path& file) {
    Json report;
    try {
        report = parse_json(read_text(file), printable(file));
    } catch (const Json::parse_error& error) {
        throw Error(fmt::format("{}: is not JSON: {}", printable(file), error.what()));
    }
    try {
        check_report(report);
    } catch (const Error& error) {
        throw Error(fmt::format("{}: {}", printable(file), error.what()));
    }
    return report;
}

Json read_or_rebuild_report(const fs::path& path, const std::vector<std::string>& line) {
    std::error_code code;
    if (!fs::is_directory(path, code)) return read_report(path);
    if (!fs::exists(RunFolder{path}.run_file(), code))
        throw UsageError(fmt::format("{}: is not the folder of a run, which holds a run.json", printable(path)));
    return rebuild_report(path, line, user_feature_cache());
}

}  // namespace bfr

#include "reports/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/files.h"
#include "base/names.h"
#include "base/parse_json.h"
#include "cli/command.h"
#include "reports/engine.h"
#include "reports/html.h"
#include "reports/read.h"
#include "reports/run_folder.h"
#include "reports/table.h"

namespace bfr {
namespace fs = std::filesystem;

namespace {

const CommandPage& page() {
    static const CommandPage page = {
        "report REPORT.json|FOLDER [--format text|markdown|html|json]",
        "Prints a report again, without restoring or measuring anything: of a report.json, or of a run's folder, "
        "whose\n"
        "report is rebuilt from its records (also while the run is still going on, or after it was killed).",
        {"format"},
        {"bfr report runs/first --format markdown > table.md",
         "bfr report runs/first/report.json --format html > page.html"},
        1};
    return page;
}

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

int report(const Arguments& arguments, const std::vector<std::string>& line) {
    if (arguments.operands().empty()) throw UsageError("name a report.json or a run's folder (see: bfr report --help)");
    const fs::path path = arguments.operands().front();
    const std::string format = arguments.text("format", "text");
    const std::vector<std::string> formats = {"text", "markdown", "html", "json"};
    if (std::find(formats.begin(), formats.end(), format) == formats.end())
        throw UsageError(unknown_name("format", format, formats));
    std::error_code code;
    const bool folder = fs::is_directory(path, code);
    if (folder && !fs::exists(RunFolder{path}.run_file(), code)) {
        throw UsageError(fmt::format("{}: is not the folder of a run: it holds no run.json", printable(path)));
    }
    const Json report = folder ? rebuild_report(path, line) : read_report(path);
    if (format == "json") {
        fmt::print("{}", report_text(report));
    } else if (format == "html") {
        fmt::print("{}", html_page(report, folder ? path : path.parent_path()));
    } else {
        fmt::print("{}", format == "markdown" ? markdown_table(report) : text_table(report));
    }
    return kDone;
}

}  // namespace

Command report_command() { return {"report", "a run's table or page again, from its records", page(), report}; }

}  // namespace bfr

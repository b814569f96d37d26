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
#include "reports/feature_cache.h"
#include "reports/html.h"
#include "reports/paper/csv.h"
#include "reports/paper/latex.h"
#include "reports/paper/selection.h"
#include "reports/read.h"
#include "reports/run_folder.h"
#include "reports/table.h"
#include "reports/text.h"
#include "reports/training/training.h"
#include "train/vspbfr/stages.h"

namespace bfr {
namespace fs = std::filesystem;

namespace {

const CommandPage& page() {
    static const CommandPage page = {
        "report REPORT.json|FOLDER [--format text|markdown|latex|csv|html|json] [--column NAME] [--row NAME] "
        "[--against "
        "ROW]",
        "Prints a report again, without restoring or measuring anything: of a report.json, or of a run's folder, "
        "whose\n"
        "report is rebuilt from its records (also while the run is still going on, or after it was killed).\n"
        "\n"
        "Of the folder of a training (bfr train --out) it says how far each stage is, and writes FOLDER/training.html: "
        "curves,\n"
        "pictures and settings (--format html: on stdout instead). Give the command again to follow a training.\n"
        "\n"
        "For a paper: --format latex (package booktabs; the best bold, the second underlined, --intervals) or csv, "
        "with the\n"
        "columns and rows that are named; those of text and markdown tables can be chosen too. csv has a line for each "
        "value\n"
        "of a metric or task: n, failed, seconds, parameters, gflop and device are no columns of it.\n"
        "\n"
        "With --against the report of a run's folder has every row's difference from that one too: the mean over pairs "
        "of one\n"
        "sample, with its interval.",
        {"format", "column", "row", "intervals", "against"},
        {"bfr report runs/first --format markdown > table.md", "bfr report runs/first --against degraded",
         "bfr report runs/first/report.json --format html > page.html",
         "bfr report runs/first --format latex --column psnr --column \"identity as ID\" --row degraded --row \"vspbfr "
         "as Ours\"",
         "bfr report training"},
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

int report_training(const fs::path& folder, const std::string& format) {
    if (format != "text" && format != "html")
        throw UsageError(
            fmt::format("{}: the report of a training is text or html, not {}", printable(folder), format));
    const Training training = read_training(folder, train::stage_names());
    const std::string page = training_page(training);
    if (format == "html") {
        fmt::print("{}", page);
        return kDone;
    }
    const fs::path file = folder / "training.html";
    write_text(file, page);
    fmt::print("{}", training_text(training));
    fmt::print(stderr, "{}: {}\n", visible(printable(file)), bytes_text(page.size()));
    return kDone;
}

int report(const Arguments& arguments, const std::vector<std::string>& line) {
    if (arguments.operands().empty()) throw UsageError("name a report.json or a run's folder (see: bfr report --help)");
    const fs::path path = arguments.operands().front();
    const std::string format = arguments.text("format", "text");
    const std::vector<std::string> formats = {"text", "markdown", "latex", "csv", "html", "json"};
    if (std::find(formats.begin(), formats.end(), format) == formats.end())
        throw UsageError(unknown_name("format", format, formats));
    const std::vector<std::string> columns = arguments.texts("column"), rows = arguments.texts("row");
    if ((format == "html" || format == "json") && !(columns.empty() && rows.empty()))
        throw UsageError(fmt::format("--column and --row choose from tables; {} has everything", format));
    if (arguments.has("intervals") && format != "latex")
        throw UsageError("--intervals is for --format latex; the other formats have them anyway");
    std::error_code code;
    const bool folder = fs::is_directory(path, code);
    if (arguments.has("against") && (!rows.empty() || !columns.empty() || format == "csv"))
        throw UsageError("--against makes tables of its own: give it without --row, --column and --format csv");
    const bool run = folder && fs::exists(RunFolder{path}.run_file(), code);
    if (arguments.has("against") && !run) {
        throw UsageError(
            fmt::format("--against needs the records of a run: name its folder instead of {}", printable(path)));
    }
    if (folder && !run) {
        if (is_training(path)) {
            if (!columns.empty() || !rows.empty())
                throw UsageError("--column and --row choose from a run's tables; a training has none");
            return report_training(path, format);
        }
        throw UsageError(
            fmt::format("{}: is neither the folder of a run, which holds a run.json, nor that of a training, with a "
                        "STAGE/log.jsonl",
                        printable(path)));
    }
    const Json report = choose_rows(
        folder ? rebuild_report(path, line, user_feature_cache(), arguments.texts("against")) : read_report(path),
        rows);
    if (format == "json") {
        fmt::print("{}", report_text(report));
    } else if (format == "html") {
        fmt::print("{}", html_page(report, folder ? path : path.parent_path()));
    } else if (format == "latex") {
        fmt::print("{}", latex_tables(report, {columns, arguments.has("intervals")}));
    } else if (format == "csv") {
        fmt::print("{}", csv_values(report, columns));
    } else {
        fmt::print("{}", format == "markdown" ? markdown_table(report, columns) : text_table(report, columns));
    }
    return kDone;
}

}  // namespace

Command report_command() {
    return {"report", "a run's table or page again, from its records; a training's curves", page(), report};
}

}  // namespace bfr

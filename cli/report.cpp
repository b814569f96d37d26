#include "reports/report.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/files.h"
#include "base/names.h"
#include "cli/against.h"
#include "cli/command.h"
#include "cli/report_file.h"
#include "cli/watch.h"
#include "reports/citations/bibtex.h"
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
        "report REPORT.json|FOLDER [--format text|markdown|latex|csv|html|json|bibtex] [--column NAME] [--row NAME] "
        "[--against ROW|TABLE]",
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
        "For its bibliography: --format bibtex, the works behind what the report used.\n"
        "\n"
        "With --watch it follows a run in progress: the table again (with --format html the page FOLDER/watch.html) "
        "whenever a\n"
        "picture is done, until the run is complete, or no process is at work in its folder (exit code 1).\n"
        "\n"
        "With --thumbnails it writes a run's page anew, FOLDER/report.html, and small pictures of all samples that have "
        "no\n"
        "place in it to FOLDER/thumbnails: for runs of thousands.\n"
        "\n"
        "With --against the report of a run's folder has every row's difference from that one too: the mean over pairs "
        "of one\n"
        "sample, with its interval. A published table (bfr list papers; ID/DATA where it is of several data sets) "
        "stands "
        "beside\n"
        "what was measured instead: rows marked [as published: ID], and the deviation of those rows of the run that "
        "are "
        "one of its\n"
        "methods, by their names or by --as. paper:ID and row:NAME say which is meant where both exist.",
        {"format", "column", "row", "intervals", "decimals", "watch", "thumbnails", "against", "as", "same-data", "papers"},
        {"bfr report runs/first --format markdown > table.md", "bfr report runs/first --against degraded",
         "bfr report runs/first --against pmrf-celeba --as vspbfr=VSPBFR",
         "bfr report runs/first/report.json --format html > page.html",
         "bfr report runs/first --format latex --column psnr --column \"identity as ID\" --row degraded --row \"vspbfr "
         "as Ours\"",
         "bfr report training"},
        1,
        {},
        {{"against",
          "row that all others are compared with, sample by sample, or a published table to put beside them"}}};
    return page;
}

// A report that was rebuilt has the context of the rebuilding: the run's own is in its report.json, if it has one.
Json with_context_of_run(Json report, const fs::path& folder) {
    const fs::path file = RunFolder{folder}.report();
    std::error_code code;
    report["context"] = fs::exists(file, code) ? member(read_report(file), "context") : Json();
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

// Of a run in progress: on a terminal in place of what was there before. The page is a file of its own, as the run
// writes its report.html itself.
void show_so_far(const Json& report, const fs::path& folder, const std::string& format,
                 const std::vector<std::string>& columns) {
    if (format == "html") {
        const fs::path file = folder / "watch.html";
        write_text(file, html_page(report, folder));
        fmt::print(stderr, "{}\n", visible(printable(file)));
        return;
    }
    if (::isatty(STDOUT_FILENO) != 0) fmt::print("\x1b[H\x1b[2J");
    fmt::print("{}\n", text_table(report, columns));
}

int write_page_and_thumbnails(const Json& report, const fs::path& folder) {
    const RunFolder run{folder};
    const std::string page = html_page(report, folder, PageFiles::kThumbnails);
    write_text(run.html(), page);
    uint64_t bytes = 0, files = 0;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(run.thumbnails(), none)) {
        files++;
        bytes += entry.file_size();
    }
    fmt::print(stderr, "{}: {}\n", visible(printable(run.html())), bytes_text(page.size()));
    if (files > 0)
        fmt::print(stderr, "{}: {}, {}\n", visible(printable(run.thumbnails())), count_text(files, "picture"),
                   bytes_text(bytes));
    return kDone;
}

int report(const Arguments& arguments, const std::vector<std::string>& line) {
    if (arguments.operands().empty()) throw UsageError("name a report.json or a run's folder (see: bfr report --help)");
    const fs::path path = arguments.operands().front();
    const std::string format = arguments.text("format", "text");
    const std::vector<std::string> formats = {"text", "markdown", "latex", "csv", "html", "json", "bibtex"};
    if (std::find(formats.begin(), formats.end(), format) == formats.end())
        throw UsageError(unknown_name("format", format, formats));
    const std::vector<std::string> columns = arguments.texts("column"), rows = arguments.texts("row");
    if ((format == "html" || format == "json" || format == "bibtex") && !(columns.empty() && rows.empty()))
        throw UsageError(fmt::format("--column and --row choose from tables; {} has everything", format));
    if (arguments.has("intervals") && format != "latex")
        throw UsageError("--intervals is for --format latex; the other formats have them anyway");
    std::error_code code;
    const bool folder = fs::is_directory(path, code);
    if (arguments.has("against") && (!rows.empty() || !columns.empty() || format == "csv"))
        throw UsageError("--against makes tables of its own: give it without --row, --column and --format csv");
    const bool run = folder && fs::exists(RunFolder{path}.run_file(), code);
    const std::vector<std::string> decimals = arguments.texts("decimals");
    if (!decimals.empty() && (format == "csv" || format == "json"))
        throw UsageError(fmt::format("--decimals rounds tables and the page; {} has full precision", format));
    if (!decimals.empty() && format == "bibtex") throw UsageError("--decimals rounds values; bibtex has none");
    if (arguments.has("watch") && !run)
        throw UsageError(fmt::format("--watch follows a run: name its folder, which holds a run.json, instead of {}",
                                     printable(path)));
    if (arguments.has("watch") && format != "text" && format != "html")
        throw UsageError(fmt::format("--watch shows text or writes html, not {}", format));
    if (arguments.has("thumbnails") && (!run || format != "text" || arguments.has("watch")))
        throw UsageError("--thumbnails writes the page of a run's folder, which holds a run.json: give it without "
                         "--format and --watch");
    const Against against(arguments);
    if (!against.rows().empty() && !run) {
        throw UsageError(fmt::format(
            "--against {}: a row needs the records of a run: name its folder instead of {} (published tables: bfr list "
            "papers)",
            against.rows().front(), printable(path)));
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
    const auto made = [&] {
        Json whole = against.put_beside(folder ? rebuild_report(path, line, user_feature_cache(), against.rows())
                                               : read_report(path));
        return with_decimals(choose_rows(std::move(whole), rows), decimals);
    };
    if (arguments.has("watch"))
        return watch_run(RunFolder{path}, made,
                         [&](const Json& so_far) { show_so_far(so_far, path, format, columns); });
    const Json report = made();
    if (arguments.has("thumbnails")) {
        // the run's own page: of its own start, not of this rebuilding
        const bool finished = fs::exists(RunFolder{path}.report(), code);
        return write_page_and_thumbnails(finished ? with_context_of_run(report, path) : report, path);
    }
    if (format == "json") {
        fmt::print("{}", report_text(report));
    } else if (format == "bibtex") {
        fmt::print("{}", bibtex(folder ? with_context_of_run(report, path) : report));
    } else if (format == "html") {
        fmt::print("{}", html_page(report, folder ? path : path.parent_path()));
    } else if (format == "latex") {
        fmt::print("{}", latex_tables(report, {columns, arguments.has("intervals")}));
    } else if (format == "csv") {
        const CsvValues csv = csv_values(report, columns);
        for (const Remark& one : csv.warnings)
            fmt::print(stderr, "bfr: warning: {}: {}\n", visible(one.about), visible(one.text));
        fmt::print("{}", csv.text);
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

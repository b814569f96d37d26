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
#include "reports/paper/group_rows.h"
#include "reports/paper/latex.h"
#include "reports/paper/sample_field.h"
#include "reports/paper/selection.h"
#include "reports/paper/table_json.h"
#include "reports/read.h"
#include "reports/run_folder.h"
#include "reports/run_page/gallery.h"
#include "reports/table.h"
#include "reports/text.h"
#include "reports/training/training.h"
#include "train/stages.h"

namespace bfr {
namespace fs = std::filesystem;

namespace {

const CommandPage& page() {
    static const CommandPage page = {
        "report REPORT.json|FOLDER [--format text|markdown|latex|csv|html|json|table-json|bibtex] [--column NAME] "
        "[--row NAME] [--by FIELD] [--against ROW|TABLE]",
        "Prints a report again, without restoring or measuring anything: of a report.json, or of a run's folder, "
        "whose\n"
        "report is rebuilt from its records (also while the run is still going on, or after it was killed).\n"
        "\n"
        "Of the folder of a training (bfr train --out) it says how far each stage is, and writes FOLDER/training.html: "
        "curves,\n"
        "pictures and settings (--format html: on stdout instead). Give the command again to follow a training.\n"
        "\n"
        "For a paper: --format latex (package booktabs; the best bold, the second underlined, --intervals, --siunitx) "
        "or "
        "csv,\n"
        "with the columns and rows that are named; those of text, markdown and table-json can be chosen too. csv has a "
        "line for\n"
        "each value of a metric or task: n, failed, seconds, parameters, gflop and device are no columns of it. Titles "
        "that\n"
        "hide that a table mixes conventions are refused; --force prints it, and marks it.\n"
        "\n"
        "With --by the rows stand again for each group of samples, with means, intervals and the best of the group.\n"
        "For its bibliography: --format bibtex, the works behind what the report used.\n"
        "\n"
        "With --watch it follows a run in progress: the table again (with --format html the page FOLDER/watch.html) "
        "whenever a\n"
        "picture is done, until the run is complete, or no process is at work in its folder (exit code 1).\n"
        "\n"
        "With --thumbnails it writes a run's page anew, FOLDER/report.html, and small pictures of all samples that "
        "have "
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
        {"format", "column", "row", "by", "at-least", "intervals", "siunitx", "decimals", "force", "watch",
         "thumbnails", "against", "as", "same-data", "papers"},
        {"bfr report runs/first --format markdown > table.md", "bfr report runs/first --against degraded",
         "bfr report runs/first --against pmrf-celeba --as vspbfr=VSPBFR",
         "bfr report runs/first/report.json --format html > page.html",
         "bfr report runs/first --format latex --column psnr --column \"identity as ID\" --row degraded --row \"vspbfr "
         "as Ours\"",
         "bfr report runs/first --by label --column psnr --column identity", "bfr report training"},
        1,
        {},
        {{"against",
          "row that all others are compared with, sample by sample, or a published table to put beside them"},
         {"force", "print columns whose titles hide that conventions are mixed all the same, and mark them"}}};
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

// What doesn't go together.
void check_options(const Arguments& arguments, const std::string& format) {
    const bool chooses = arguments.has("column") || arguments.has("row");
    if ((format == "html" || format == "json" || format == "bibtex") && chooses)
        throw UsageError(fmt::format("--column and --row choose from tables; {} has everything", format));
    for (const char* option : {"intervals", "siunitx"})
        if (arguments.has(option) && format != "latex")
            throw UsageError(
                fmt::format("--{} is for --format latex{}", option,
                            std::string_view(option) == "intervals" ? "; the other formats have them anyway" : ""));
    if (arguments.has("against") && (chooses || format == "csv"))
        throw UsageError("--against makes tables of its own: give it without --row, --column and --format csv");
    if (arguments.has("force") && !arguments.has("column")) throw UsageError("--force is for the titles of --column");
    const bool decimals = arguments.has("decimals");
    if (decimals && (format == "csv" || format == "json"))
        throw UsageError(fmt::format("--decimals rounds tables and the page; {} has full precision", format));
    if (decimals && format == "bibtex") throw UsageError("--decimals rounds values; bibtex has none");
    if (arguments.has("watch") && format != "text" && format != "html")
        throw UsageError(fmt::format("--watch shows text or writes html, not {}", format));
    if (!arguments.has("by")) {
        if (arguments.has("at-least")) throw UsageError("--at-least is for the groups of --by");
        return;
    }
    if (format == "html" || format == "bibtex" || arguments.has("thumbnails"))
        throw UsageError(format != "bibtex" ? "--by is for tables; the page chooses samples by group and label itself"
                                            : "--by is for tables; bibtex has none");
    for (const char* option : {"against", "watch"})
        if (arguments.has(option))
            throw UsageError(fmt::format("--by and --{} don't go together: give one of them", option));
}

// Of a run in progress: on a terminal in place of what was there before. The page is a file of its own, as the run
// writes its report.html itself.
void show_so_far(const Json& report, const fs::path& folder, const std::string& format,
                 const std::vector<std::string>& columns, bool force) {
    if (format == "html") {
        const fs::path file = folder / "watch.html";
        write_text(file, html_page(report, folder));
        fmt::print(stderr, "{}\n", visible(printable(file)));
        return;
    }
    if (::isatty(STDOUT_FILENO) != 0) fmt::print("\x1b[H\x1b[2J");
    fmt::print("{}\n", text_table(report, columns, force));
}

int write_page_and_thumbnails(const Json& report, const fs::path& folder) {
    const RunFolder run{folder};
    const std::string page = html_page(report, folder, PageFiles::kThumbnails);
    write_text(run.html(), page);
    uint64_t bytes = 0, files = 0;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(run.thumbnails(), none)) {
        std::error_code code;
        const auto size = entry.file_size(code);
        if (code || !is_thumbnail_name(entry.path().filename().string())) continue;
        files++;
        bytes += size;
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
    const std::vector<std::string> formats = {"text", "markdown", "latex",      "csv",
                                              "html", "json",     "table-json", "bibtex"};
    if (std::find(formats.begin(), formats.end(), format) == formats.end())
        throw UsageError(unknown_name("format", format, formats));
    check_options(arguments, format);
    const std::vector<std::string> columns = arguments.texts("column"), rows = arguments.texts("row"),
                                   decimals = arguments.texts("decimals");
    const uint64_t at_least = arguments.whole_number("at-least", 1, 1, UINT32_MAX);
    const bool force = arguments.has("force");
    std::error_code code;
    const bool folder = fs::is_directory(path, code);
    const bool run = folder && fs::exists(RunFolder{path}.run_file(), code);
    if (arguments.has("watch") && !run)
        throw UsageError(fmt::format("--watch follows a run: name its folder, which holds a run.json, instead of {}",
                                     printable(path)));
    if (arguments.has("thumbnails") && (!run || format != "text" || arguments.has("watch")))
        throw UsageError(
            "--thumbnails writes the page of a run's folder, which holds a run.json: give it without "
            "--format and --watch");
    const Against against(arguments);
    if (!against.rows().empty() && !run) {
        throw UsageError(
            fmt::format("--against {}: a row needs the records of a run: name its folder instead of {} ({})",
                        against.rows().front(), printable(path), against.tables_like(against.rows().front())));
    }
    if (!against.rows().empty()) against.check_rows(read_description(RunFolder{path}.run_file()).methods);
    if (folder && !run) {
        if (is_training(path)) {
            if (!columns.empty() || !rows.empty() || arguments.has("by"))
                throw UsageError("--column, --row and --by are for a run's tables; a training has none");
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
        if (arguments.has("by")) {
            const SampleField field = sample_field(arguments.text("by"), whole);
            whole = with_groups(std::move(whole), field, at_least);
        }
        if (format == "text" || format == "markdown" || format == "latex") check_groups_fit(whole);
        return with_decimals(choose_rows(std::move(whole), rows), decimals);
    };
    if (arguments.has("watch"))
        return watch_run(RunFolder{path}, made,
                         [&](const Json& so_far) { show_so_far(so_far, path, format, columns, force); });
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
        fmt::print("{}", latex_tables(report, {columns, arguments.has("intervals"), arguments.has("siunitx"), force}));
    } else if (format == "table-json") {
        ReportTables tables = make_tables(report);
        choose_columns(tables, columns, force);
        fmt::print("{}", report_text(tables_json(tables)));
    } else if (format == "csv") {
        const CsvValues csv = csv_values(report, columns, force);
        for (const Remark& one : csv.warnings)
            fmt::print(stderr, "bfr: warning: {}: {}\n", visible(one.about), visible(one.text));
        fmt::print("{}", csv.text);
    } else {
        fmt::print("{}",
                   format == "markdown" ? markdown_table(report, columns, force) : text_table(report, columns, force));
    }
    return kDone;
}

}  // namespace

Command report_command() {
    return {"report", "a run's table or page again, from its records; a training's curves", page(), report};
}

}  // namespace bfr

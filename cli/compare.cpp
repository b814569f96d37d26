#include "reports/compare/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "base/error.h"
#include "base/files.h"
#include "base/names.h"
#include "cli/command.h"
#include "cli/report_file.h"
#include "reports/paper/latex.h"
#include "reports/paper/table_json.h"
#include "reports/read.h"
#include "reports/report.h"
#include "reports/text.h"

namespace bfr {
namespace {

const CommandPage& page() {
    static const CommandPage page = {
        "compare REPORT.json|FOLDER... [--baseline ROW] [--row ROW] [--value NAME] [--fail-if CONDITION] [--format "
        "NAME]",
        "Compares rows of one run's report, or of several of the same samples, with one of them, sample by sample: "
        "mean\n"
        "difference with its bootstrap interval, Wilcoxon's signed-rank test with Holm's correction, effect sizes, "
        "win\n"
        "rate, the pictures with the largest gain and loss, and mean ranks over the values. Nothing is restored or\n"
        "measured. A row that several reports have is called LABEL @ REPORT, and --row LABEL means all of them.\n"
        "\n"
        "Where a value's convention, version or weights, or a sample's pictures, differ between the reports, nothing "
        "is\n"
        "compared unless --force is given.\n"
        "\n"
        "A CONDITION of --fail-if is VALUE, one of < <= > >=, and a sum of products of numbers and the word baseline:\n"
        "it is evaluated for each row but the baseline, on means over the pairs. `failed` and `n` are values too: the\n"
        "samples of a row that failed, and those restored.\n"
        "Exit code: 0 no condition holds, 1 one does, 2 one can't be evaluated, or usage or set-up.",
        {"baseline", "row", "value", "pictures", "fail-if", "force", "format", "siunitx"},
        {"bfr compare runs/first --baseline degraded",
         "bfr compare runs/main runs/branch --row vspbfr --fail-if \"lpips > baseline + 0.005\"",
         "bfr compare runs/first --value psnr --value identity --format latex"},
        64,
        {},
        {{"row",
          "row that is compared; the first is the baseline without --baseline; \"vspbfr as Ours\" too [default: all]"},
         {"force", "compare what differs in convention, version, weights or inputs all the same, and mark it"},
         {"format", "text, markdown, latex, csv, json or table-json"}}};
    return page;
}

constexpr uint64_t kMostPictures = 1000;

std::vector<ComparedReport> read_all(const Arguments& arguments, const std::vector<std::string>& line) {
    std::vector<ComparedReport> reports;
    for (std::string operand : arguments.operands()) {
        while (operand.size() > 1 && operand.ends_with('/')) operand.pop_back();
        const std::string name = visible(operand);
        if (std::ranges::find(reports, name, &ComparedReport::name) != reports.end())
            throw UsageError(fmt::format("{} is given twice", name));
        reports.push_back({name, read_or_rebuild_report(operand, line)});
    }
    return reports;
}

// "psnr 28.74 < baseline + 1", with what was met.
std::string gate_text(const Json& gate) {
    std::string text = fmt::format("{}: {}: ", text_of(gate, "row"), text_of(gate, "condition"));
    if (!text_of(gate, "reason").empty()) return text + "can't be evaluated: " + text_of(gate, "reason");
    text += fmt::format("{} is {:.6g}", text_of(gate, "value"), number_of(gate, "row_value").value_or(0));
    if (const auto baseline = number_of(gate, "baseline")) text += fmt::format(", the baseline's {:.6g}", *baseline);
    text += fmt::format(", the limit {:.6g}", number_of(gate, "limit").value_or(0));
    if (member(gate, "n").is_number()) text += fmt::format(", over {}", count_text(count_of(gate, "n"), "sample"));
    return text;
}

int judge_gates(const Json& gates) {
    int code = kDone;
    for (const Json& gate : gates) {
        const bool evaluated = text_of(gate, "reason").empty(), holds = flag_of(gate, "holds", false);
        fmt::print(stderr, "{}: {}\n",
                   !evaluated ? "bfr: error"
                   : holds    ? "fails"
                              : "passes",
                   visible(gate_text(gate)));
        code = std::max<int>(code, !evaluated ? kUnusable : holds ? kSomeFailed : kDone);
    }
    return code;
}

int compare(const Arguments& arguments, const std::vector<std::string>& line) {
    if (arguments.operands().empty())
        throw UsageError("name a report.json or a run's folder, or several (see: bfr compare --help)");
    const std::string format = arguments.text("format", "text");
    const std::vector<std::string> formats = {"text", "markdown", "latex", "csv", "json", "table-json"};
    if (std::ranges::find(formats, format) == formats.end()) throw UsageError(unknown_name("format", format, formats));
    if (arguments.has("siunitx") && format != "latex") throw UsageError("--siunitx is for --format latex");
    CompareOptions options;
    options.rows = arguments.texts("row");
    options.baseline = arguments.text("baseline");
    options.values = arguments.texts("value");
    options.gates = arguments.texts("fail-if");
    options.pictures = arguments.whole_number("pictures", options.pictures, 0, kMostPictures);
    options.force = arguments.has("force");
    const Json comparison = compare_reports(read_all(arguments, line), options);
    if (format == "json") {
        fmt::print("{}", report_text(comparison));
    } else if (format == "csv") {
        fmt::print("{}", comparison_csv(comparison));
    } else {
        const ReportTables tables = comparison_tables(comparison);
        fmt::print("{}", format == "latex"        ? latex_tables(tables, arguments.has("siunitx"))
                         : format == "markdown"   ? markdown_table(tables)
                         : format == "table-json" ? report_text(tables_json(tables))
                                                  : text_table(tables));
    }
    return judge_gates(comparison.at("gates"));
}

}  // namespace

Command compare_command() {
    return {"compare", "rows of one report or several, sample by sample: differences, tests, ranks", page(), compare};
}

}  // namespace bfr

#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "cli/command.h"
#include "cli/report_file.h"
#include "cli/run_config.h"
#include "cli/scoring.h"
#include "reports/context.h"
#include "reports/repeat.h"
#include "reports/text.h"

namespace bfr {
namespace {

const CommandPage& page() {
    static const CommandPage page = {
        "run [CONFIG.json] [OPTIONS]",
        "The main job: restores every degraded picture by every method, measures the results with every metric\n"
        "against the clean references, runs the downstream tasks on them, and prints the table (Markdown).\n"
        "\n"
        "OUT then holds report.json (every number with its convention, per sample too), report.md, report.html (one\n"
        "page with pictures), records.jsonl and the restored pictures. A run that was stopped, or killed, goes on\n"
        "where it was when the same command is given again, and ends with the same report.\n"
        "\n"
        "A sample is a degraded picture and the reference of the same name; what has no partner is listed in the\n"
        "report. What fails for one sample is counted in its row and doesn't end the run.\n"
        "\n"
        "All of it can stand in CONFIG.json; options given here override the file's:\n"
        "  {\"data\": {\"degraded\": \"faces/degraded\", \"reference\": \"faces/reference\"},\n"
        "   \"methods\": [\"degraded\", {\"name\": \"opencv-denoise\", \"h\": 5}],\n"
        "   \"metrics\": [\"psnr\", \"ssim\"], \"tasks\": [\"landmarks\"], \"seed\": 1, \"out\": \"runs/first\"}\n"
        "Other keys: in data: manifest, pattern, reference_pattern, recursive, limit; beside it: presets, against, "
        "jobs, "
        "threads,\n"
        "save_images, weights, device, ablation (bfr ablate). Paths in the file are relative to its folder, those of "
        "units' options\n"
        "(outputs:dir=...) too. Units of the file that run a program or load code (command:, torchscript:) do so only\n"
        "with --allow-commands; they are listed first.\n"
        "\n"
        "--from REPORT.json repeats the run that a report tells of, in another folder (--out). It says what is\n"
        "different today before it starts (versions, weights' hashes, pictures), and at the end which numbers came "
        "out\n"
        "the same. The report's relative paths are taken from the folder in which bfr is started.",
        {"from",      "degraded", "reference",     "manifest", "pattern", "reference-pattern",
         "recursive", "limit",    "method",        "metric",   "task",    "preset",
         "against",   "out",      "seed",          "jobs",     "threads", "no-images",
         "weights",   "device",   "allow-commands"},
        {"bfr run --degraded faces/degraded --reference faces/reference --out runs/first \\\n"
         "          --method degraded --method opencv-denoise --metric psnr --metric ssim --task landmarks",
         "bfr run config.json --limit 10 --out runs/trial", "bfr run --from runs/first/report.json --out runs/again"},
        1,
        {},
        {{"preset", kPresetHelp}}};
    return page;
}

// Tells what is different today, then runs, then tells which numbers came out again.
int run_again(const Arguments& arguments, const std::optional<std::vector<Spec>>& methods,
              const std::vector<std::string>& line) {
    if (!arguments.operands().empty()) throw UsageError("give a configuration or --from, not both");
    const std::filesystem::path path = arguments.required("from");
    const std::string name = printable(path);
    const Json report = read_or_rebuild_report(path, line);
    RunConfig config;
    try {
        config = config_of_report(report);
    } catch (const UsageError& error) {
        throw UsageError(fmt::format("{}: {}", name, error.what()));
    }
    config = read_run_config(arguments, methods, std::move(config));
    if (config.out.empty()) throw UsageError("--from needs a folder of its own for this run: name one with --out DIR");
    std::error_code code;
    const auto folder = std::filesystem::is_directory(path, code) ? path : path.parent_path();
    if (std::filesystem::equivalent(config.out, folder.empty() ? "." : folder, code)) {
        throw UsageError(fmt::format("--out {}: the report that is repeated lies there; name another folder",
                                     printable(config.out)));
    }
    RunHooks hooks;
    hooks.before = [&](const RunDescription& today, const SampleList& samples) {
        const auto lines = differences_today(report, today, make_context(config, line), samples.samples);
        fmt::print(stderr, "bfr: {} today\n",
                   lines.empty() ? "nothing that " + name + " depends on is different"
                                 : fmt::format("{} of {} {} different", count_text(lines.size(), "thing"), name,
                                               lines.size() == 1 ? "is" : "are"));
        for (const auto& one : lines) fmt::print(stderr, "  {}\n", visible(on_one_line(one)));
    };
    hooks.amend = [&](Json& again) {
        fmt::print(stderr, "bfr: {}\n", repetition_text(compare_numbers(report, again), name));
    };
    return run_and_report(config, line, hooks);
}

int run(const Arguments& arguments, const std::vector<std::string>& line) {
    std::optional<std::vector<Spec>> methods;
    if (arguments.has("method")) methods = arguments.specs("method");
    if (arguments.has("from")) return run_again(arguments, methods, line);
    return run_and_report(read_run_config(arguments, methods), line);
}

}  // namespace

Command run_command() { return {"run", "restore, measure, report: the main job; resumable", page(), run}; }

}  // namespace bfr

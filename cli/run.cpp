#include <fmt/format.h>

#include "base/error.h"
#include "cli/command.h"
#include "cli/scoring.h"
#include "cli/start.h"

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
        "Other keys: in data: manifest, pattern, reference_pattern, recursive, limit; beside it: jobs, threads,\n"
        "save_images, weights, device. Paths in the file are relative to its folder, those of units' options\n"
        "(outputs:dir=...) too. Units of the file that run a program or load code (command:, torchscript:) do so only\n"
        "with --allow-commands; they are listed first.",
        {"degraded", "reference", "manifest", "pattern", "reference-pattern", "recursive", "limit", "method", "metric",
         "task", "out", "seed", "jobs", "threads", "no-images", "weights", "device", "allow-commands"},
        {"bfr run --degraded faces/degraded --reference faces/reference --out runs/first \\\n"
         "          --method degraded --method opencv-denoise --metric psnr --metric ssim --task landmarks",
         "bfr run config.json --limit 10 --out runs/trial"},
        1};
    return page;
}

// Whoever types a unit lets it run its program; whoever starts somebody's configuration has to say so, whatever the
// configuration says of itself.
bool may_run_code(const Arguments& arguments, const RunConfig& config) {
    if (arguments.has("allow-commands")) return true;
    RunConfig from_file = config;
    if (arguments.has("method")) from_file.methods.clear();
    if (arguments.has("metric")) from_file.metrics.clear();
    if (arguments.has("task")) from_file.tasks.clear();
    const auto units = units_that_run_code(from_file);
    if (units.empty()) return true;
    tell_code(units);
    throw UsageError(
        "the configuration names units that run a program or load code, listed above: read them; --allow-commands lets "
        "them run");
}

int run(const Arguments& arguments, const std::vector<std::string>& line) {
    RunConfig config;
    if (!arguments.operands().empty()) config = config_from_file(arguments.operands().front());
    read_data_options(arguments, config.data);
    if (arguments.has("method")) config.methods = arguments.specs("method");
    if (arguments.has("metric")) config.metrics = arguments.specs("metric");
    if (arguments.has("task")) config.tasks = arguments.specs("task");
    if (arguments.has("out")) config.out = arguments.required("out");
    config.seed = seed_option(arguments, config.seed);
    config.jobs = jobs_option(arguments, config.jobs);
    config.threads = threads_option(arguments, config.threads);
    config.save_images = config.save_images && !arguments.has("no-images");
    if (arguments.has("weights")) config.weights = arguments.paths("weights");
    config.device = device_option(arguments, config.device);
    config.allow_commands = may_run_code(arguments, config);
    return run_and_report(config, line);
}

}  // namespace

Command run_command() { return {"run", "restore, measure, report: the main job; resumable", page(), run}; }

}  // namespace bfr

#include <optional>

#include "cli/command.h"
#include "cli/run_config.h"
#include "cli/scoring.h"

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
        "with --allow-commands; they are listed first.",
        {"degraded",  "reference", "manifest", "pattern", "reference-pattern",
         "recursive", "limit",     "method",   "metric",  "task",
         "preset",    "against",   "out",      "seed",    "jobs",
         "threads",   "no-images", "weights",  "device",  "allow-commands"},
        {"bfr run --degraded faces/degraded --reference faces/reference --out runs/first \\\n"
         "          --method degraded --method opencv-denoise --metric psnr --metric ssim --task landmarks",
         "bfr run config.json --limit 10 --out runs/trial"},
        1,
        {},
        {{"preset", kPresetHelp}}};
    return page;
}

int run(const Arguments& arguments, const std::vector<std::string>& line) {
    std::optional<std::vector<Spec>> methods;
    if (arguments.has("method")) methods = arguments.specs("method");
    return run_and_report(read_run_config(arguments, methods), line);
}

}  // namespace

Command run_command() { return {"run", "restore, measure, report: the main job; resumable", page(), run}; }

}  // namespace bfr

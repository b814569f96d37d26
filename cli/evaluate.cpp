// evaluate and downstream: a run whose methods are folders of finished pictures.
#include <fmt/format.h>

#include <filesystem>

#include "base/error.h"
#include "cli/command.h"
#include "cli/output_folder.h"
#include "cli/scoring.h"
#include "cli/start.h"
#include "reports/feature_cache.h"

namespace bfr {
namespace {

const std::vector<std::string> kOptionsBefore = {"restored",          "reference", "manifest", "pattern",
                                                 "reference-pattern", "recursive", "limit"};

CommandPage make_page(const std::string& usage, const std::string& text, const std::vector<std::string>& units,
                      const std::vector<std::string>& examples) {
    CommandPage page{usage, text, kOptionsBefore, examples};
    page.options.insert(page.options.end(), units.begin(), units.end());
    for (const char* option : {"out", "seed", "jobs", "threads", "no-images", "weights", "device"})
        page.options.emplace_back(option);
    page.meanings = {{"preset", kPresetHelp},
                     {"pattern",
                      "how the restored pictures are named after their sample: {id}_out pairs a_out.png with "
                      "the reference a.png"}};
    return page;
}

const CommandPage& evaluate_page() {
    static const CommandPage page = make_page(
        "evaluate --restored [NAME=]DIR ... [--reference DIR] [--metric SPEC ...] [--preset NAME ...] --out DIR",
        "Measures pictures that are restored already, by whatever program, against the clean references, and prints\n"
        "the table. Each --restored folder is a row. Pictures are paired with references by file name without\n"
        "extension; a picture that a folder lacks is counted as a failure of its row.\n"
        "\n"
        "Without references, folders or a manifest's, only what needs none is computed (niqe), on every picture that\n"
        "one of the folders holds.\n"
        "\n"
        "--preset computes what a paper's scripts do, their oddities included; several presets share what they have "
        "in\n"
        "common, and a table sets their values side by side and says what differs.\n"
        "\n"
        "OUT holds the same files as after `bfr run`, and it goes on in the same way where it was stopped. The "
        "numbers\n"
        "equal those of `bfr run` bit for bit.",
        {"metric", "preset"},
        {"bfr evaluate --restored GFPGAN=results/gfpgan --restored results/mine --reference faces/reference \\\n"
         "               --metric psnr --metric ssim --out runs/compared",
         "bfr evaluate --restored results/mine --reference faces/reference --preset all --out runs/protocols"});
    return page;
}

const CommandPage& downstream_page() {
    static const CommandPage page = make_page(
        "downstream --restored [NAME=]DIR ... --reference DIR --task SPEC ... --out DIR",
        "Runs face-reading tasks (bfr list tasks) on pictures that are restored already, by whatever program, and\n"
        "compares what they find with what they find on the references, or with labels and points of a manifest.\n"
        "Each --restored folder is a row of the table; OUT holds the same files as after `bfr run`.",
        {"task"},
        {"bfr downstream --restored GFPGAN=results/gfpgan --reference faces/reference --task landmarks --out "
         "runs/tasks"});
    return page;
}

// "NAME=DIR" or "DIR"; a folder whose own name holds '=' is taken as it is.
Spec outputs_spec(const std::string& restored, const DataOptions& data) {
    Spec spec("outputs");
    std::error_code code;
    const size_t sign = restored.find('=');
    const bool named = sign != std::string::npos && !std::filesystem::is_directory(restored, code);
    if (named && sign == 0) throw UsageError(fmt::format("--restored {}: NAME is missing before '='", restored));
    if (named) spec.set("name", restored.substr(0, sign));
    spec.set("dir", named ? restored.substr(sign + 1) : restored);
    if (data.pattern != DataOptions{}.pattern) spec.set("pattern", data.pattern);
    if (data.recursive) spec.set("recursive", "true");
    return spec;
}

// `pattern` is that of the restored pictures: there are no degraded ones here.
RunConfig config_of(const Arguments& arguments) {
    RunConfig config;
    read_data_options(arguments, config.data);
    arguments.required("restored");
    for (const auto& restored : arguments.texts("restored"))
        config.methods.push_back(outputs_spec(restored, config.data));
    if (config.data.manifest.empty() && config.data.reference.empty()) {
        for (const auto& method : config.methods) config.restored.push_back(method.options().at("dir"));
    } else {
        config.data.pattern = DataOptions{}.pattern;
    }
    config.out = arguments.required("out");
    for (const auto& method : config.methods)
        refuse_output_among_input("restored", method.options().at("dir"), config.out, config.data.recursive);
    config.seed = seed_option(arguments);
    config.jobs = jobs_option(arguments);
    config.threads = threads_option(arguments);
    config.save_images = !arguments.has("no-images");
    config.weights = arguments.paths("weights");
    config.feature_cache = user_feature_cache();
    config.device = device_option(arguments);
    config.allow_commands = true;  // they were typed
    return config;
}

int evaluate(const Arguments& arguments, const std::vector<std::string>& line) {
    if (!arguments.has("preset") && !arguments.has("metric")) {
        throw UsageError(
            "nothing is measured: name a metric with --metric SPEC (bfr list metrics) or a paper's set of them with "
            "--preset NAME (bfr list presets)");
    }
    RunConfig config = config_of(arguments);
    config.metrics = arguments.specs("metric");
    config.presets = arguments.texts("preset");
    expand_presets(config);
    return run_and_report(config, line);
}

int downstream(const Arguments& arguments, const std::vector<std::string>& line) {
    arguments.required("task");
    RunConfig config = config_of(arguments);
    config.tasks = arguments.specs("task");
    return run_and_report(config, line);
}

}  // namespace

Command evaluate_command() {
    return {"evaluate", "measure pictures that are restored already", evaluate_page(), evaluate};
}

Command downstream_command() {
    return {"downstream", "run tasks on pictures that are restored already", downstream_page(), downstream};
}

}  // namespace bfr

#include "reports/papers/reproduce.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <system_error>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "cli/against.h"
#include "cli/command.h"
#include "cli/list_papers.h"
#include "cli/reproduce_plan.h"
#include "cli/scoring.h"
#include "cli/start.h"
#include "reports/feature_cache.h"
#include "reports/papers/published.h"
#include "reports/text.h"

namespace bfr {
namespace fs = std::filesystem;

namespace {

const CommandPage& page() {
    static const CommandPage page = {
        "reproduce [TABLE[/DATA]] [--run --degraded DIR [--reference DIR] --out DIR] [OPTIONS]",
        "Measures a published table again. Without a TABLE it lists them (bfr list papers); with one it says which "
        "data,\n"
        "methods, metrics, weights and statistics that takes, which of them are here and what mends the others (exit "
        "code 1\n"
        "where something is missing), what can't be measured again and why, and prints the configuration for bfr run.\n"
        "\n"
        "With --run it measures what is here, and prints the published table beside it. Methods that bfr doesn't have "
        "are\n"
        "read as finished pictures from RESULTS/METHOD. Whatever isn't the table's - other pictures, fewer, weights of "
        "your\n"
        "own - is set apart from the published numbers, with the reason; --same-data vouches for the pictures.\n"
        "\n"
        "--metric and --task name a unit of the table with files of your own, such as lpips:net=vgg,trunk=FILE; "
        "--method\n"
        "measures a method more.",
        {"run",     "degraded", "reference", "pattern", "reference-pattern", "results", "stats", "method", "metric",
         "task",    "weights",  "out",       "as",      "same-data",         "papers",  "json",  "seed",   "jobs",
         "threads", "device",   "no-images"},
        {"bfr reproduce pmrf-celeba --degraded celeba/lq --reference celeba/hq --results results",
         "bfr reproduce pmrf-celeba --degraded celeba/lq --reference celeba/hq --results results \\\n"
         "                --run --out runs/pmrf-celeba"},
        1};
    return page;
}

Papers::Named one_data(const Papers& papers, const std::string& name) {
    Papers::Named named = papers.named(name);
    if (named.data) return named;
    if (named.table->data.size() == 1) return {named.table, &named.table->data.front()};
    std::vector<std::string> names;
    for (const auto& data : named.table->data) names.push_back(named.table->id + "/" + data.name);
    throw UsageError(fmt::format("{} is of several data sets: name {}", name, fmt::join(names, " or ")));
}

ReproduceOptions read_options(const Arguments& arguments) {
    ReproduceOptions options{arguments.text("results"), arguments.text("stats"), arguments.specs("method"),
                             arguments.specs("metric")};
    const auto more = arguments.specs("task");
    options.units.insert(options.units.end(), more.begin(), more.end());
    std::error_code code;
    if (arguments.has("results") && !fs::is_directory(options.results, code))
        throw UsageError(fmt::format("--results {}: there is no such folder", printable(options.results)));
    if (arguments.has("stats") && !fs::is_regular_file(options.stats, code))
        throw UsageError(
            fmt::format("--stats {}: there is no such file; bfr stats makes one", printable(options.stats)));
    return options;
}

RunConfig read_config(const Arguments& arguments, const Reproduction& plan, bool all) {
    RunConfig config = config_of(plan, all);
    read_data_options(arguments, config.data);
    config.out = arguments.text("out");
    config.seed = seed_option(arguments);
    config.jobs = jobs_option(arguments);
    config.threads = threads_option(arguments);
    config.device = device_option(arguments);
    config.save_images = !arguments.has("no-images");
    config.weights = arguments.paths("weights");
    config.feature_cache = user_feature_cache();
    config.allow_commands = true;  // of units that were typed: no table can name one that runs a program
    return config;
}

int run_table(const Arguments& arguments, const std::vector<std::string>& line, const Papers::Named& named,
              const Reproduction& plan) {
    arguments.required("out");
    arguments.required("degraded");
    if (plan.needs_references) arguments.required("reference");
    const PublishedOptions published = published_options(arguments);
    const RunConfig config = read_config(arguments, plan, false);
    if (config.methods.empty()) {
        throw UsageError(fmt::format("none of the methods of {} is here: bfr reproduce {} says what is missing",
                                     named.table->id, arguments.operands().front()));
    }
    size_t missing = 0;
    for (const auto& method : plan.methods) {
        std::error_code code;
        if (method.folder.empty() || fs::is_directory(method.folder, code)) continue;
        missing++;
        fmt::print(stderr, "bfr: warning: {} is not measured: there is no folder {}\n", visible(method.name),
                   visible(printable(method.folder)));
    }
    RunHooks hooks;
    hooks.amend = [&](Json& report) {
        add_section(report, published_section(report, *named.table, *named.data, published));
    };
    const int code = run_and_report(config, line, hooks);
    return code == kDone && missing > 0 ? kSomeFailed : code;
}

int reproduce(const Arguments& arguments, const std::vector<std::string>& line) {
    const Papers papers(arguments.paths("papers"));
    if (arguments.operands().empty()) {
        if (arguments.has("run")) throw UsageError("--run: name the table (bfr reproduce lists them)");
        fmt::print("{}", list_papers(papers, ""));
        return kDone;
    }
    const Papers::Named named = one_data(papers, arguments.operands().front());
    const Reproduction plan = plan_reproduction(*named.table, *named.data, read_options(arguments));
    if (arguments.has("run")) {
        if (arguments.has("json")) throw UsageError("--json prints the configuration, and --run runs it: one of them");
        return run_table(arguments, line, named, plan);
    }
    RunConfig config = read_config(arguments, plan, true);
    const PlanText told = plan_text(*named.table, *named.data, plan, config, unit_context(arguments));
    if (!arguments.has("json")) {
        fmt::print("{}", told.text);
    } else {
        if (config.data.degraded.empty()) config.data.degraded = "degraded";
        if (config.data.reference.empty() && plan.needs_references) config.data.reference = "reference";
        if (config.out.empty()) config.out = "runs/" + named.table->id;
        fmt::print("{}\n", short_json(config).dump(2));
    }
    return told.complete ? kDone : kSomeFailed;
}

}  // namespace

Command reproduce_command() {
    return {"reproduce", "a published table again: what it takes, what is here, and the run of it", page(), reproduce};
}

}  // namespace bfr

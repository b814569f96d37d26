#include "cli/run_config.h"

#include "base/error.h"
#include "cli/start.h"
#include "reports/feature_cache.h"

namespace bfr {
namespace {

// Whoever types a unit lets it run its program; whoever starts somebody's configuration has to say so, whatever the
// configuration says of itself.
bool may_run_code(const Arguments& arguments, const RunConfig& config, bool methods_are_typed) {
    if (arguments.has("allow-commands")) return true;
    RunConfig from_file = config;
    if (methods_are_typed) from_file.methods.clear();
    if (arguments.has("metric")) from_file.metrics.clear();
    if (arguments.has("task")) from_file.tasks.clear();
    const auto units = units_that_run_code(from_file);
    if (units.empty()) return true;
    tell_code(units);
    throw UsageError(
        "the configuration names units that run a program or load code, listed above: read them; --allow-commands lets "
        "them run");
}

}  // namespace

RunConfig read_run_config(const Arguments& arguments, const std::optional<std::vector<Spec>>& methods,
                          RunConfig config) {
    if (!arguments.operands().empty()) config = config_from_file(arguments.operands().front());
    read_data_options(arguments, config.data);
    if (methods) {
        config.methods = *methods;
        config.ablations.clear();
    }
    if (arguments.has("metric")) config.metrics = arguments.specs("metric");
    if (arguments.has("task")) config.tasks = arguments.specs("task");
    if (arguments.has("preset")) config.presets = arguments.texts("preset");
    if (arguments.has("against")) config.against = arguments.texts("against");
    expand_presets(config);
    if (arguments.has("out")) config.out = arguments.required("out");
    config.seed = seed_option(arguments, config.seed);
    config.jobs = jobs_option(arguments, config.jobs);
    config.threads = threads_option(arguments, config.threads);
    config.save_images = config.save_images && !arguments.has("no-images");
    if (arguments.has("weights")) config.weights = arguments.paths("weights");
    config.feature_cache = user_feature_cache();
    config.device = device_option(arguments, config.device);
    config.allow_commands = may_run_code(arguments, config, methods.has_value());
    return config;
}

}  // namespace bfr

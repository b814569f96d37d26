#include "cli/start.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string_view>

#include "base/error.h"
#include "base/files.h"
#include "reports/text.h"
#include "reports/threads.h"

namespace bfr {

int jobs_option(const Arguments& arguments, int fallback) {
    return static_cast<int>(arguments.whole_number("jobs", static_cast<uint64_t>(fallback), 0, 1024));
}

std::string device_option(const Arguments& arguments, const std::string& fallback) {
    const std::string device = arguments.has("device") ? arguments.text("device") : fallback;
    const std::string_view number = std::string_view(device).substr(std::min<size_t>(device.size(), 5));
    const bool numbered = device.starts_with("cuda:") && !number.empty() && number.size() <= 3 &&
                          number.find_first_not_of("0123456789") == std::string_view::npos;
    if (device != "cpu" && device != "cuda" && !numbered)
        throw UsageError(fmt::format("device '{}' is not supported: cpu, cuda or cuda:N", visible(device)));
    return device;
}

int threads_option(const Arguments& arguments, int fallback) {
    return static_cast<int>(arguments.whole_number("threads", static_cast<uint64_t>(fallback), 1, 1024));
}

uint64_t seed_option(const Arguments& arguments, uint64_t fallback) {
    return arguments.whole_number("seed", fallback, 0, std::numeric_limits<uint64_t>::max());
}

void read_data_options(const Arguments& arguments, DataOptions& data) {
    // Folders replace a configuration's manifest, and a manifest its folders.
    if (arguments.has("manifest")) data.degraded = data.reference = "";
    if (arguments.has("degraded") || arguments.has("reference")) data.manifest = "";
    data.degraded = arguments.text("degraded", data.degraded);
    data.reference = arguments.text("reference", data.reference);
    data.manifest = arguments.text("manifest", data.manifest);
    data.pattern = arguments.text("pattern", data.pattern);
    data.reference_pattern = arguments.text("reference-pattern", data.reference_pattern);
    data.recursive = data.recursive || arguments.has("recursive");
    data.limit = arguments.whole_number("limit", data.limit, 0, std::numeric_limits<uint64_t>::max());
}

UnitContext unit_context(const Arguments& arguments) {
    UnitContext context;
    context.weights = WeightsLocator(arguments.paths("weights"));
    warn_of_missing_weights(context.weights);
    context.device = device_option(arguments);
    context.allow_commands = true;
    return context;
}

void tell_code(const std::vector<std::string>& units) {
    for (const auto& unit : units) fmt::print(stderr, "bfr: runs a program or loads code: {}\n", visible(unit));
}

void warn_of_slow_blas() {
    if (const auto warning = blas_warning()) fmt::print(stderr, "bfr: warning: {}\n", *warning);
}

void warn_of_missing_weights(const WeightsLocator& weights) {
    if (const auto folder = weights.missing_folder())
        fmt::print(stderr, "bfr: warning: $BFR_WEIGHTS names {}, which is no folder\n", printable(*folder));
}

}  // namespace bfr

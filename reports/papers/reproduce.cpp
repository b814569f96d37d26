#include "reports/papers/reproduce.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <system_error>

#include "base/error.h"
#include "base/json.h"
#include "base/names.h"
#include "datasets/known_sets.h"
#include "reports/papers/unit_match.h"

namespace bfr {
namespace fs = std::filesystem;

namespace {

constexpr const char* kResults = "results";  // where nobody says it

// What a folder of that method is called.
std::string folder_name(const std::string& method) {
    const bool plain = method.find_first_of("/\\") == std::string::npos && method != "." && method != "..";
    return plain ? method : file_slug(method);
}

PlannedMethod planned_method(const PaperTable& table, const std::string& name, const std::string& results) {
    const fs::path folder = fs::path(results.empty() ? kResults : results) / folder_name(name);
    std::error_code code;
    const bool has_pictures = !results.empty() && fs::is_directory(folder, code);
    for (const auto& method : table.methods) {
        if (method.name == name && !has_pictures) return {name, Spec::parse(method.unit), {}};
    }
    Spec spec("outputs");
    spec.set("dir", folder.native());
    spec.set("name", name);
    return {name, spec, folder};
}

bool is_there(const PlannedMethod& method) {
    std::error_code code;
    return method.folder.empty() || fs::is_directory(method.folder, code);
}

}  // namespace

Reproduction plan_reproduction(const PaperTable& table, const PublishedData& data, const ReproduceOptions& options) {
    Reproduction plan;
    for (const auto& row : data.rows) plan.methods.push_back(planned_method(table, row.method, options.results));
    plan.more_methods = options.methods;
    std::vector<bool> used(options.units.size());
    for (const size_t i : data.metrics) {
        const PublishedMetric& metric = table.metrics[i];
        if (metric.agreement == Agreement::kNone) continue;
        Spec spec = Spec::parse(metric.unit);
        for (size_t u = 0; u < options.units.size(); u++) {
            if (!may_stand_for(options.units[u], metric)) continue;
            spec = options.units[u];
            used[u] = true;
        }
        if (!options.stats.empty() && spec.options().contains("stats")) spec.set("stats", options.stats);
        plan.units.push_back({&metric, std::move(spec)});
    }
    for (size_t u = 0; u < used.size(); u++) {
        if (used[u]) continue;
        std::vector<std::string> known;
        for (const auto& unit : plan.units) known.push_back(unit.metric->unit);
        throw UsageError(fmt::format("{} is none of the table's units, not even with other files; they are {}",
                                     options.units[u].canonical(), fmt::join(known, ", ")));
    }
    for (const auto& set : known_sets())
        if (set.name == data.set) plan.needs_references = set.kind != "real";
    return plan;
}

RunConfig config_of(const Reproduction& plan, bool all) {
    RunConfig config;
    for (const auto& method : plan.methods)
        if (all || is_there(method)) config.methods.push_back(method.spec);
    config.methods.insert(config.methods.end(), plan.more_methods.begin(), plan.more_methods.end());
    for (const auto& unit : plan.units) {
        auto& units = unit.metric->task ? config.tasks : config.metrics;
        if (std::ranges::find(units, unit.spec) == units.end()) units.push_back(unit.spec);
    }
    return config;
}

Json short_json(const RunConfig& config) {
    const Json all = to_json(config), usual = to_json(RunConfig{});
    Json brief = Json::object();
    for (const auto& [key, value] : all.items()) {
        if (value == usual.at(key) || key == "allow_commands") continue;  // no configuration gives that right
        brief[key] = value;
        if (key != "data") continue;
        for (const auto& [name, one] : value.items())
            if (usual.at(key).contains(name) && one == usual.at(key).at(name)) brief[key].erase(name);
    }
    return brief;
}

}  // namespace bfr

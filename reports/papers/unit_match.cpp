#include "reports/papers/unit_match.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>

#include "base/error.h"
#include "downstream/task.h"
#include "metrics/metric.h"

namespace bfr {

namespace {

constexpr const char* kOwnFiles[] = {"weights", "trunk", "heads"};  // options that name a network's file

// Its options with their defaults, files by their names alone and those of networks not at all.
template <class Unit>
std::map<std::string, std::string> options_of(const Registry<Unit, UnitContext>& registry, const Spec& spec) {
    auto options = registry.read_options(spec);
    for (const auto& option : registry.find(spec.name())->options) {
        if (!option.is_path) continue;
        if (std::ranges::find(kOwnFiles, option.key) != std::end(kOwnFiles)) {
            options.erase(option.key);
        } else if (const auto found = options.find(option.key); found != options.end()) {
            found->second = std::filesystem::path(found->second).filename().native();
        }
    }
    return options;
}

template <class Unit>
bool are_equal(const Registry<Unit, UnitContext>& registry, const std::string& a, const std::string& b) {
    try {
        const Spec one = Spec::parse(a), other = Spec::parse(b);
        return one.name() == other.name() && registry.find(one.name()) &&
               options_of(registry, one) == options_of(registry, other);
    } catch (const UsageError&) {  // of another version of this program
        return false;
    }
}

}  // namespace

bool may_stand_for(const Spec& unit, const PublishedMetric& metric) {
    Spec wanted = Spec::parse(metric.unit), given = unit;
    if (wanted.options().contains("stats")) {
        wanted.set("stats", "any");
        given.set("stats", "any");
    }
    PublishedMetric one = metric;
    one.unit = wanted.canonical();
    return is_unit_of(one, given.canonical());
}

bool is_unit_of(const PublishedMetric& metric, const std::string& label) {
    return metric.task ? are_equal(tasks(), label, metric.unit) : are_equal(metrics(), label, metric.unit);
}

}  // namespace bfr

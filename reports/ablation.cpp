#include "reports/ablation.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/names.h"
#include "restore/restorer.h"

namespace bfr {
namespace {

constexpr const char* kName = "name";  // the option by which a unit's row is called

// "steps=1, noise=zero"
std::string values_text(const std::vector<OptionValues>& vary, const Spec& arm) {
    std::vector<std::string> parts;
    for (const auto& one : vary) parts.push_back(one.key + "=" + arm.options().at(one.key));
    return fmt::format("{}", fmt::join(parts, ", "));
}

std::vector<std::string> option_names(const Spec& method) {
    std::vector<std::string> names;
    if (const auto* entry = restorers().find(method.name())) {
        for (const auto& option : entry->options) {
            if (option.key != kName) names.push_back(option.key);
        }
    }
    return names;
}

// "vspbfr:steps=2 (files, mixing, ...); degraded (no options)"
std::string list_of(const std::vector<Spec>& methods) {
    std::vector<std::string> parts;
    for (const auto& method : methods) {
        const auto names = option_names(method);
        parts.push_back(fmt::format("{} ({})", method.canonical(),
                                    names.empty() ? "no options" : fmt::format("{}", fmt::join(names, ", "))));
    }
    return fmt::format("{}", fmt::join(parts, "; "));
}

bool has_options(const Spec& method, const std::vector<OptionValues>& vary) {
    const auto names = option_names(method);
    return std::ranges::all_of(vary, [&](const auto& one) { return std::ranges::count(names, one.key) > 0; });
}

std::string keys_text(const std::vector<OptionValues>& vary) {
    std::vector<std::string> keys;
    for (const auto& one : vary) keys.push_back(one.key);
    return fmt::format("{}", fmt::join(keys, ", "));
}

const Spec& named_method(const std::vector<Spec>& methods, const std::string& name) {
    std::vector<Spec> found;
    const Spec* last = nullptr;
    for (const auto& method : methods) {
        const auto called = method.options().find(kName);
        const bool exact = method.canonical() == name || (called != method.options().end() && called->second == name);
        if (exact) return method;
        if (method.name() != name) continue;
        found.push_back(method);
        last = &method;
    }
    if (found.size() == 1) return *last;
    if (found.empty()) {
        std::vector<std::string> known;
        for (const auto& method : methods) known.push_back(method.canonical());
        throw UsageError(unknown_name("method of the configuration", name, known));
    }
    throw UsageError(fmt::format("{} is the name of {} methods of the configuration: name one by its spec: {}", name,
                                 found.size(), list_of(found)));
}

// What the unit reads for the varied options; the spec's own text where nobody knows the unit.
std::vector<std::string> values_read(const Spec& method, const std::vector<OptionValues>& vary) {
    const auto read = restorers().find(method.name()) ? restorers().read_options(method) : method.options();
    std::vector<std::string> values;
    for (const auto& one : vary) {
        const auto found = read.find(one.key);
        values.push_back(found == read.end() ? "" : found->second);
    }
    return values;
}

void check_options(const Ablation& ablation) {
    const std::string method = ablation.method.canonical();
    const auto known = option_names(ablation.method);
    if (ablation.vary.empty()) throw UsageError(fmt::format("ablation of {}: no option is varied", method));
    std::set<std::string> seen;
    for (const auto& one : ablation.vary) {
        if (one.key == kName)
            throw UsageError(fmt::format("ablation of {}: name is what the row is called; it changes nothing", method));
        if (std::ranges::count(known, one.key) == 0) {
            throw UsageError(known.empty()
                                 ? fmt::format("ablation of {}: it has no options", method)
                                 : fmt::format("ablation of {}: {}", method, unknown_name("option", one.key, known)));
        }
        if (!seen.insert(one.key).second)
            throw UsageError(fmt::format("ablation of {}: {} is varied twice", method, one.key));
        if (one.values.empty()) throw UsageError(fmt::format("ablation of {}: {} has no values", method, one.key));
    }
}

void check_arms(const Ablation& ablation) {
    const std::string method = ablation.method.canonical();
    std::map<std::vector<std::string>, std::string> seen;
    for (const auto& arm : arms_of(ablation)) {
        const std::string text = values_text(ablation.vary, arm);
        std::vector<std::string> values;
        try {
            values = values_read(arm, ablation.vary);
        } catch (const UsageError& error) {
            throw UsageError(fmt::format("ablation of {}: {} is not possible: {}", method, text, error.what()));
        }
        const auto [found, fresh] = seen.emplace(std::move(values), text);
        if (!fresh)
            throw UsageError(fmt::format("ablation of {}: {} and {} are the same arm", method, found->second, text));
    }
}

size_t baseline_of(const Ablation& ablation, const std::vector<Spec>& arms, const std::vector<bool>& available,
                   bool& configured) {
    const auto wanted = values_read(ablation.method, ablation.vary);
    configured = false;
    std::optional<size_t> first;
    for (size_t i = 0; i < arms.size(); i++) {
        if (!available[i]) continue;
        if (!first) first = i;
        if (values_read(arms[i], ablation.vary) != wanted) continue;
        configured = true;
        return i;
    }
    return first.value_or(0);
}

const Ablation* ablation_of(const RunConfig& config, const Spec& method) {
    for (const auto& ablation : config.ablations) {
        if (ablation.method == method) return &ablation;
    }
    return nullptr;
}

}  // namespace

std::vector<Spec> arms_of(const Ablation& ablation) {
    std::vector<Spec> arms = {ablation.method};
    for (const auto& [key, values] : ablation.vary) {
        if (values.size() > kMostArms / arms.size()) {
            throw UsageError(fmt::format("ablation of {}: more than {} arms", ablation.method.canonical(), kMostArms));
        }
        std::vector<Spec> more;
        for (const auto& arm : arms) {
            for (const auto& value : values) {
                more.push_back(arm);
                more.back().set(key, value);
            }
        }
        arms = std::move(more);
    }
    const auto called = ablation.method.options().find(kName);
    if (called == ablation.method.options().end()) return arms;
    for (auto& arm : arms) arm.set(kName, called->second + " " + values_text(ablation.vary, arm));
    return arms;
}

std::vector<Spec> methods_of(const RunConfig& config) {
    std::vector<Spec> methods;
    for (const auto& method : config.methods) {
        const Ablation* ablation = ablation_of(config, method);
        const auto arms = ablation ? arms_of(*ablation) : std::vector<Spec>{method};
        methods.insert(methods.end(), arms.begin(), arms.end());
    }
    return methods;
}

std::vector<Ablation> find_ablations(const std::vector<Spec>& methods, const std::vector<OptionValues>& vary,
                                     const std::vector<std::string>& names) {
    if (methods.empty()) throw UsageError("the configuration has no method to ablate");
    std::vector<Ablation> found;
    for (const auto& name : names) {
        const Spec& method = named_method(methods, name);
        if (!has_options(method, vary)) {
            throw UsageError(fmt::format("{} doesn't have the option to vary ({}): {}", method.canonical(),
                                         keys_text(vary), list_of({method})));
        }
        if (std::ranges::count(found, method, &Ablation::method) > 0)
            throw UsageError(fmt::format("{} is named twice", method.canonical()));
        found.push_back({method, vary});
    }
    if (!names.empty()) return found;
    for (const auto& method : methods) {
        if (has_options(method, vary)) found.push_back({method, vary});
    }
    if (found.size() == 1) return found;
    throw UsageError(fmt::format("{} of the configuration's methods {} the option to vary ({}){}: {}",
                                 found.empty() ? "none" : std::to_string(found.size()), found.empty() ? "has" : "have",
                                 keys_text(vary), found.empty() ? "" : "; name one with --method", list_of(methods)));
}

void check_ablations(const RunConfig& config) {
    for (size_t i = 0; i < config.ablations.size(); i++) {
        const Ablation& ablation = config.ablations[i];
        const auto times = std::ranges::count(config.methods, ablation.method);
        if (times != 1) {
            throw UsageError(fmt::format("ablation of {}: it is {} of the configuration: {}",
                                         ablation.method.canonical(), times == 0 ? "no method" : "given twice as one",
                                         list_of(config.methods)));
        }
        if (ablation_of(config, ablation.method) != &ablation)
            throw UsageError(fmt::format("{} is ablated twice", ablation.method.canonical()));
        check_options(ablation);
        check_arms(ablation);
    }
}

Json describe_ablations(const RunConfig& config, const Json& methods) {
    Json all = Json::array();
    size_t at = 0;
    for (const auto& method : config.methods) {
        const Ablation* ablation = ablation_of(config, method);
        if (!ablation) {
            at++;
            continue;
        }
        const auto arms = arms_of(*ablation);
        BFR_CHECK(at + arms.size() <= methods.size(), "{} methods are fewer than the arms", methods.size());
        Json vary = Json::array(), described = Json::array();
        for (const auto& [key, values] : ablation->vary) vary.push_back({{"option", key}, {"values", values}});
        std::vector<bool> available;
        for (size_t i = 0; i < arms.size(); i++) {
            Json options = Json::object();
            for (const auto& one : ablation->vary) options[one.key] = arms[i].options().at(one.key);
            const Json& unit = methods.at(at + i);
            available.push_back(unit.at("available").get<bool>());
            described.push_back({{"method", unit.at("label")}, {"options", std::move(options)}});
        }
        bool configured = false;
        const size_t baseline = baseline_of(*ablation, arms, available, configured);
        all.push_back({{"method", method.canonical()},
                       {"vary", std::move(vary)},
                       {"baseline", described[baseline]["method"]},
                       {"baseline_is_configured", configured},
                       {"arms", std::move(described)}});
        at += arms.size();
    }
    return all;
}

}  // namespace bfr

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "base/names.h"
#include "cli/command.h"
#include "cli/list_datasets.h"
#include "cli/list_degradations.h"
#include "cli/list_papers.h"
#include "cli/list_presets.h"
#include "cli/list_stages.h"
#include "cli/metrics_page.h"
#include "cli/start.h"
#include "cli/weights_support.h"
#include "downstream/task.h"
#include "metrics/metric.h"
#include "restore/restorer.h"
#include "weights/catalogue/missing.h"

namespace bfr {
namespace {

const CommandPage& page() {
    static const CommandPage page = {
        "list methods|metrics|tasks|presets|degradations|stages|weights|datasets|papers [NAME]",
        "Shows what there is. With a NAME: its options with their defaults, the convention (what exactly is "
        "computed),\n"
        "the values that it gives, and where it comes from. NAME may be a whole spec, such as psnr:space=y.",
        {"weights", "papers"},
        {"bfr list metrics", "bfr list metrics psnr", "bfr list degradations gfpgan"},
        2,
        {"methods", "metrics", "tasks", "presets", "degradations", "stages", "weights", "datasets", "papers"}};
    return page;
}

std::string field(const std::string& name, const std::string& text) {
    return text.empty() ? "" : fmt::format("{:12}{}\n", name, text);
}

std::string describe(const UnitInfo& info) {
    std::string text = field("label", info.label) + field("version", info.version) +
                       field("convention", info.convention) + field("source", info.source);
    for (const auto& file : info.weights)
        text +=
            field("weights", fmt::format("{} (sha256 {}{})", file.file, file.sha256, file.pinned ? ", pinned" : ""));
    return text;
}

std::string describe(const RestorerInfo& info) {
    std::string text = describe(static_cast<const UnitInfo&>(info));
    if (info.parameters) text += field("parameters", fmt::format("{:.0f}", *info.parameters));
    if (info.gflop) text += field("GFLOP", fmt::format("{:.6g}", *info.gflop));
    return text + field("random", info.draws ? "drawn from the seed" : "nothing is drawn");
}

std::string describe(const ScorerInfo& info) {
    std::string text = describe(static_cast<const UnitInfo&>(info)) +
                       field("reference", info.needs_reference ? "needed" : "not needed");
    const auto line = [](const ValueInfo& value) {
        const char* direction = value.direction == Direction::kHigherIsBetter  ? ", higher is better"
                                : value.direction == Direction::kLowerIsBetter ? ", lower is better"
                                                                               : "";
        return fmt::format("{}{}: {}{}", value.name, value.unit.empty() ? "" : " [" + value.unit + "]", value.summary,
                           direction);
    };
    for (const auto& value : info.values) text += field("value", line(value));
    for (const auto& value : info.set_values) text += field("of the set", line(value));
    return text;
}

// Why a unit can't be made without more: its weights are missing or damaged, an option is required.
template <class Unit>
std::string describe_made(const Registry<Unit, UnitContext>& registry, const Spec& spec, const UnitContext& context) {
    try {
        return describe(make_unit(registry, spec, context)->info());
    } catch (const NotAvailable& error) {
        return field("not here", error.reason()) + field("to mend it", error.mend());
    } catch (const UsageError& error) {
        if (!spec.options().empty()) throw;
        return field("note", error.what());
    } catch (const Error& error) {  // a file of weights is damaged, say
        if (!spec.options().empty()) throw;
        return field("not here", error.what());
    }
}

template <class Unit>
std::string list_units(const Registry<Unit, UnitContext>& registry, const std::string& kind, const std::string& wanted,
                       const UnitContext& context) {
    std::string text;
    std::vector<std::string> names;
    for (const auto& entry : registry.entries()) {
        names.push_back(entry.name);
        text += fmt::format("{:20}{}\n", entry.name, entry.summary);
    }
    if (wanted.empty()) return text;

    const Spec spec = Spec::parse(wanted);
    const auto found = std::find_if(registry.entries().begin(), registry.entries().end(),
                                    [&](const auto& entry) { return entry.name == spec.name(); });
    if (found == registry.entries().end()) throw UsageError(unknown_name(kind, spec.name(), names));
    text = fmt::format("{}: {}\n\n", found->name, found->summary);
    if (found->options.empty()) text += "It has no options.\n";
    for (const auto& option : found->options) {
        const bool required = option.fallback == "required";
        text += fmt::format("  {:16}{} [{}{}]\n", option.key, option.summary,
                            required ? "" : "default: ", option.fallback.empty() ? "none" : option.fallback);
    }
    text += '\n' + describe_made(registry, spec, context);
    if (kind != "metric") return text;
    const std::string page = metrics_page_on(spec.name());
    return page.empty() ? text : text + '\n' + page;
}

int list(const Arguments& arguments, const std::vector<std::string>&) {
    const auto& kinds = page().words;
    const auto& operands = arguments.operands();
    if (operands.empty()) throw UsageError(fmt::format("list what? One of {}", fmt::join(kinds, ", ")));
    const std::string& kind = operands[0];
    const std::string wanted = operands.size() > 1 ? operands[1] : "";
    const UnitContext context = unit_context(arguments);
    if (kind == "methods") {
        fmt::print("{}", list_units(restorers(), "method", wanted, context));
    } else if (kind == "metrics") {
        fmt::print("{}", list_units(metrics(), "metric", wanted, context));
    } else if (kind == "tasks") {
        fmt::print("{}", list_units(tasks(), "task", wanted, context));
    } else if (kind == "presets") {
        fmt::print("{}", list_presets(wanted, context));
    } else if (kind == "degradations") {
        fmt::print("{}", list_degradations(wanted));
    } else if (kind == "stages") {
        fmt::print("{}", list_stages(wanted));
    } else if (kind == "weights") {
        fmt::print("{}", list_of_weights(context.weights, {operands.begin() + 1, operands.end()}));
    } else if (kind == "papers") {
        fmt::print("{}", list_papers(Papers(arguments.paths("papers")), wanted));
    } else if (kind == "datasets") {
        fmt::print("{}", list_known_sets(wanted));
    } else {
        throw UsageError(unknown_name("list", kind, kinds));
    }
    return kDone;
}

}  // namespace

Command list_command() {
    return {"list", "methods, metrics, tasks, presets, weights ..., and all about one", page(), list};
}

}  // namespace bfr

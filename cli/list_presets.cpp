#include "cli/list_presets.h"

#include <fmt/format.h>

#include <array>

#include "base/error.h"
#include "downstream/task.h"
#include "metrics/metric.h"
#include "metrics/presets.h"
#include "reports/text.h"

namespace bfr {
namespace {

// Empty where the unit is there.
template <class Unit>
std::string lacking(const Registry<Unit, UnitContext>& registry, const std::string& spec, const UnitContext& context) {
    try {
        registry.make(Spec::parse(spec), context);
        return "";
    } catch (const NotAvailable& error) {
        return fmt::format("not available: {}; to mend it: {}", on_one_line(error.reason()), error.mend());
    } catch (const Error& error) {  // a file of that name that is another
        return on_one_line(error.what());
    }
}

std::string text_of(const Preset& preset, const UnitContext& context) {
    std::string text = fmt::format("{}: {}\n{}\n", preset.name, preset.paper, preset.source);
    if (!preset.note.empty()) text += preset.note + '\n';
    for (const auto& value : preset.values) {
        text += fmt::format("\n{}/{}\n  {:10}{}\n  {:10}{} {}\n", preset.name, value.name, "what", value.about, "unit",
                            value.task ? "--task" : "--metric", value.unit);
        if (value.certainty == Certainty::kGuess)
            text +=
                fmt::format("  {:10}best guess: no published script shows how the paper computed it\n", "certainty");
        if (value.certainty == Certainty::kDeviates)
            text += fmt::format("  {:10}not quite the script's value: see what\n", "certainty");
        const std::string why =
            value.task ? lacking(tasks(), value.unit, context) : lacking(metrics(), value.unit, context);
        if (!why.empty()) text += fmt::format("  {:10}{}\n", "here", why);
    }
    return text;
}

}  // namespace

std::string list_presets(const std::string& wanted, const UnitContext& context) {
    if (!wanted.empty()) {
        std::string text;
        for (const Preset* preset : presets_named(std::array{wanted}))
            text += (text.empty() ? "" : "\n") + text_of(*preset, context);
        return text;
    }
    std::string text;
    for (const auto& preset : presets()) text += fmt::format("{:16}{}\n", preset.name, preset.paper);
    return text;
}

}  // namespace bfr

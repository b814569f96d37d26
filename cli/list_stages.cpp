#include "cli/list_stages.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/names.h"
#include "train/stages.h"

namespace bfr {

namespace {

std::string page_of(const train::System& system, const train::StageEntry& stage) {
    std::string text = fmt::format("{} of {}: {}\n\n", stage.name, system.title, stage.summary);
    const auto shown = [](const std::string& value) { return value.empty() ? "none" : value; };
    for (const auto& [info, full_512] : train::options_of(stage)) {
        const bool differs = !stage.full_512.empty() && full_512 != info.fallback && info.key != "preset";
        text += fmt::format("  {:20}{} [default: {}{}]\n", info.key, info.summary, shown(info.fallback),
                            differs ? "; full-512: " + shown(full_512) : "");
    }
    if (stage.full_512.empty()) text += fmt::format("\nIt has no preset full-512: {}.\n", stage.instead);
    return text + fmt::format("\n{:12}bfr train {} {} --data PACK --out DIR (docs/training.md)\n", "use", system.name,
                              stage.name);
}

}  // namespace

std::string list_stages(const std::string& wanted) {
    std::string text;
    if (wanted.empty()) {
        for (const auto& system : train::systems()) {
            text += fmt::format("{}bfr train {}\n", text.empty() ? "" : "\n", system.name);
            for (const auto& stage : system.stages) text += fmt::format("  {:20}{}\n", stage.name, stage.summary);
        }
        return text;
    }
    for (const auto& system : train::systems()) {
        for (const auto& stage : system.stages) {
            if (wanted == stage.name || wanted == system.name + "/" + stage.name)
                text += (text.empty() ? "" : "\n") + page_of(system, stage);
        }
    }
    if (text.empty()) throw UsageError(unknown_name("stage", wanted, train::stage_names()));
    return text;
}

}  // namespace bfr

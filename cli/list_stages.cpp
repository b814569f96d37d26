#include "cli/list_stages.h"

#include <fmt/format.h>

#include "train/vspbfr/stages.h"

namespace bfr {

std::string list_stages(const std::string& wanted) {
    std::string text;
    if (wanted.empty()) {
        for (const auto& stage : train::stages()) text += fmt::format("{:20}{}\n", stage.name, stage.summary);
        return text;
    }
    const train::StageEntry& stage = train::find_stage(wanted);
    text = fmt::format("{}: {}\n\n", stage.name, stage.summary);
    const auto shown = [](const std::string& value) { return value.empty() ? "none" : value; };
    for (const auto& [info, full_512] : train::options_of(stage)) {
        const bool differs = !stage.full_512.empty() && full_512 != info.fallback && info.key != "preset";
        text += fmt::format("  {:20}{} [default: {}{}]\n", info.key, info.summary, shown(info.fallback),
                            differs ? "; full-512: " + shown(full_512) : "");
    }
    if (stage.full_512.empty()) text += fmt::format("\nIt has no preset full-512: {}.\n", stage.instead);
    return text +
           fmt::format("\n{:12}bfr train vspbfr {} --data PACK --out DIR (docs/training.md)\n", "use", stage.name);
}

}  // namespace bfr

#include "metrics/presets.h"

#include <algorithm>

#include "base/error.h"
#include "base/names.h"
#include "metrics/metric.h"

namespace bfr {

namespace {

// Written otherwise: lpips and lpips:net=alex.
bool same_metric(const Spec& a, const Spec& b) {
    if (a.name() != b.name() || !metrics().find(a.name())) return false;
    try {
        return metrics().read_options(a) == metrics().read_options(b);
    } catch (const UsageError&) {  // whoever makes it says what is wrong
        return false;
    }
}

}  // namespace

std::string_view to_string(Certainty certainty) {
    switch (certainty) {
        case Certainty::kScript:
            return "script";
        case Certainty::kDeviates:
            return "deviates";
        case Certainty::kGuess:
            break;
    }
    return "guess";
}

std::vector<const Preset*> presets_named(std::span<const std::string> names) {
    std::vector<std::string> known = {"all"};
    for (const auto& preset : presets()) known.push_back(preset.name);
    for (const auto& name : names) {
        if (std::ranges::find(known, name) == known.end()) throw UsageError(unknown_name("preset", name, known));
    }
    const bool all = std::ranges::find(names, "all") != names.end();
    std::vector<const Preset*> found;
    for (const auto& preset : presets()) {
        if (all || std::ranges::find(names, preset.name) != names.end()) found.push_back(&preset);
    }
    return found;
}

std::vector<std::string> preset_quantities() {
    return {"PSNR",     "SSIM",      "MS-SSIM", "LPIPS", "DISTS",     "NIQE",
            "identity", "landmarks", "FID",     "KID",   "precision", "emotion"};
}

void add_preset_units(std::span<const std::string> names, bool with_references, std::vector<Spec>& metrics,
                      std::vector<Spec>& tasks) {
    for (const Preset* preset : presets_named(names)) {
        for (const auto& value : preset->values) {
            if (!with_references && !value.alone) continue;
            const Spec spec = Spec::parse(value.unit);
            auto& units = value.task ? tasks : metrics;
            const auto same = [&](const Spec& one) {
                return one.canonical() == spec.canonical() || (!value.task && same_metric(one, spec));
            };
            if (std::ranges::none_of(units, same)) units.push_back(spec);
        }
    }
}

}  // namespace bfr

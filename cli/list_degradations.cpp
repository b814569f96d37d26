#include "cli/list_degradations.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "datasets/degradations/presets.h"

namespace bfr {
namespace {

std::string text_of(const Range& range) {
    return range.lo == range.hi ? fmt::format("{}", range.lo) : fmt::format("{} to {}", range.lo, range.hi);
}

struct StepText {
    std::string operator()(const BlurRange& step) const {
        return fmt::format("blur: Gaussian, side {} pixels, sigma {}, round with probability {}",
                           fmt::join(step.sizes, " or "), text_of(step.sigma), step.iso_probability);
    }
    std::string operator()(const HazeRange& step) const {
        return fmt::format("haze: with probability {}, alpha {}", step.probability, text_of(step.alpha));
    }
    std::string operator()(const DownsampleRange& step) const { return "down: bilinear, by " + text_of(step.scale); }
    std::string operator()(const NoiseRange& step) const {
        return "noise: Gaussian, sigma " + text_of(step.sigma) + " of 255";
    }
    std::string operator()(const JpegRange& step) const { return "JPEG: quality " + text_of(step.quality); }
    std::string operator()(const Enlarge&) const { return "up: bilinear, to the size of before"; }
    std::string operator()(const ShiftRange& step) const {
        return fmt::format("colour shift: with probability {}, each channel by up to {}", step.probability, step.most);
    }
    std::string operator()(const Round&) const { return "round: to 8 bit"; }
    std::string operator()(const GrayRange& step) const {
        return fmt::format("gray: with probability {}{}", step.probability,
                           step.reference ? ", the reference too" : "");
    }
    std::string operator()(const JitterRange& step) const {
        return fmt::format(
            "colour jitter: with probability {}, brightness {}, contrast {}, saturation {}, hue {} turns",
            step.probability, text_of(step.brightness), text_of(step.contrast), text_of(step.saturation),
            text_of(step.hue));
    }
};

}  // namespace

std::string list_degradations(const std::string& wanted) {
    std::string text;
    if (wanted.empty()) {
        for (const auto& preset : degradation_presets()) text += fmt::format("{:20}{}\n", preset.name, preset.summary);
        return text;
    }
    const DegradationPreset& preset = find_degradation_preset(wanted);
    text = fmt::format("{}: {}\n\n", preset.name, preset.summary);
    for (const auto& step : preset.steps) text += "  " + std::visit(StepText{}, step) + '\n';
    return text + fmt::format("\n{:12}{}\n{:12}{}\n", "channels", preset.channels == ChannelOrder::kBgr ? "BGR" : "RGB",
                              "source", preset.source);
}

}  // namespace bfr

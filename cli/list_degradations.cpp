#include "cli/list_degradations.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "datasets/degradations/chain.h"

namespace bfr {
namespace {

// What is a whole number of 255ths is written as one: 20/255, not 0.0784313725490196.
std::string text_of(double value) {
    const double levels = value * 255;
    const bool plain = fmt::format("{}", value).size() <= 6;
    if (!plain && std::abs(levels) < 1000 && std::abs(levels - std::round(levels)) < 1e-9) {
        return fmt::format("{}/255", std::round(levels));
    }
    return plain ? fmt::format("{}", value) : fmt::format("{:.6g}", value);
}

std::string text_of(const Range& range) {
    if (!range.one_of.empty()) {
        std::vector<std::string> values;
        for (const double value : range.one_of) values.push_back(text_of(value));
        return fmt::format("{}", fmt::join(values, " or "));
    }
    return range.lo == range.hi ? text_of(range.lo) : text_of(range.lo) + " to " + text_of(range.hi);
}

std::string name_of(Interpolation interpolation) {
    switch (interpolation) {
        case Interpolation::kArea:
            return "area";
        case Interpolation::kBicubic:
            return "bicubic";
        case Interpolation::kNearest:
            return "nearest";
        case Interpolation::kBilinear:
            break;
    }
    return "bilinear";
}

std::string with_probability(double probability) {
    return probability < 1 ? fmt::format("with probability {}, ", probability) : std::string();
}

struct StepText {
    std::string operator()(const BlurRange& step) const {
        std::string sigma = "sigma " + text_of(step.sigma);
        if (step.sigma_y) sigma = fmt::format("sigma_x {}, sigma_y {}", text_of(step.sigma), text_of(*step.sigma_y));
        std::string text =
            fmt::format("blur: {}Gaussian, side {} pixels, {}, round with probability {}",
                        with_probability(step.probability), fmt::join(step.sizes, " or "), sigma, step.iso_probability);
        if (!step.rotation.one_of.empty()) {
            Range degrees;
            for (const double radians : step.rotation.one_of) {
                degrees.one_of.push_back(radians * 180 / std::numbers::pi);
            }
            text += ", turned by " + text_of(degrees) + " degrees";
        }
        return text;
    }
    std::string operator()(const HazeRange& step) const {
        return fmt::format("haze: {}alpha {}", with_probability(step.probability), text_of(step.alpha));
    }
    std::string operator()(const DownsampleRange& step) const {
        std::vector<std::string> names;
        for (const auto interpolation : step.interpolations) names.push_back(name_of(interpolation));
        if (names.empty()) names.push_back(name_of(Interpolation::kBilinear));
        return fmt::format("down: {}{}, by {}", with_probability(step.probability), fmt::join(names, " or "),
                           text_of(step.scale));
    }
    std::string operator()(const NoiseRange& step) const {
        std::string text =
            fmt::format("noise: {}Gaussian, sigma {} of 255", with_probability(step.probability), text_of(step.sigma));
        if (step.gray_probability > 0) text += fmt::format(", gray with probability {}", step.gray_probability);
        return text;
    }
    std::string operator()(const JpegRange& step) const {
        return fmt::format("JPEG: {}quality {}", with_probability(step.probability), text_of(step.quality));
    }
    std::string operator()(const Enlarge& step) const {
        return fmt::format("up: {}, to the size of before{}", name_of(step.interpolation),
                           step.levels ? ", on whole levels" : "");
    }
    std::string operator()(const ShiftRange& step) const {
        return fmt::format("colour shift: {}each channel by up to {}", with_probability(step.probability),
                           text_of(step.most));
    }
    std::string operator()(const Round&) const { return "round: to 8 bit"; }
    std::string operator()(const GrayRange& step) const {
        return fmt::format("gray: with probability {}{}", step.probability,
                           step.reference ? ", the reference too" : "");
    }
    std::string operator()(const JitterRange& step) const {
        std::vector<std::string> parts;
        const auto add = [&](const char* name, const std::optional<Range>& range, const char* unit) {
            if (range) parts.push_back(fmt::format("{} {}{}", name, text_of(*range), unit));
        };
        add("brightness", step.brightness, "");
        add("contrast", step.contrast, "");
        add("saturation", step.saturation, "");
        add("hue", step.hue, " turns");
        return fmt::format("colour jitter: {}{}", with_probability(step.probability), fmt::join(parts, ", "));
    }
    std::string operator()(const TranslateRange& step) const {
        return fmt::format("move: {}by up to {} pixels, the reference too", with_probability(step.probability),
                           step.most);
    }
    std::string operator()(const UnevenRange& step) const {
        return fmt::format(
            "uneven: {}a second draw of the steps above outside a square of {} to {} pixels, the first inside",
            with_probability(step.probability), step.least_side, step.most_side);
    }
};

}  // namespace

std::string list_degradations(const std::string& wanted) {
    std::string text;
    if (wanted.empty()) {
        for (const auto& preset : degradation_presets()) text += fmt::format("{:26}{}\n", preset.name, preset.summary);
        return text;
    }
    const DegradationPreset preset = parse_degradation(wanted);
    text = fmt::format("{}: {}\n\n", preset.name, preset.summary);
    for (const auto& step : preset.steps) text += "  " + std::visit(StepText{}, step) + '\n';
    if (preset.grid) {
        const auto plain = [](std::string name) { return name.substr(name.find('/') + 1); };
        std::vector<std::string> axes;
        for (const auto& axis : preset.grid->axes) axes.push_back(plain(axis));
        text += fmt::format("\n{:12}{} combinations: {}, the first slowest; {} as Python draws it from seed {}\n",
                            "grid", grid_size(preset), fmt::join(axes, ", "), plain(preset.grid->python_drawn),
                            preset.grid->python_seed);
    }
    return text + fmt::format("\n{:12}{}\n{:12}{}\n{:12}{}\n", "channels",
                              preset.channels == ChannelOrder::kBgr ? "BGR" : "RGB", "pixels",
                              preset.reference_size > 0
                                  ? fmt::format("of a picture of {}; scaled to others", preset.reference_size)
                                  : std::string("taken as they are"),
                              "source", preset.source);
}

}  // namespace bfr

#include <algorithm>
#include <limits>

#include "datasets/degradations/object_reader.h"

namespace bfr {
namespace {

constexpr std::pair<std::string_view, NoiseRule> kRuleNames[]{{"z*sigma/255", NoiseRule::kTimesSigmaOver255},
                                                              {"z*(sigma/255)", NoiseRule::kTimesQuotient}};
constexpr std::pair<std::string_view, JitterKind> kJitterNames[]{{"brightness", JitterKind::kBrightness},
                                                                 {"contrast", JitterKind::kContrast},
                                                                 {"saturation", JitterKind::kSaturation},
                                                                 {"hue", JitterKind::kHue}};

// What came after version 1's first files is written where it isn't what they meant, and may be left out.
void write(Json& json, Interpolation interpolation) {
    if (interpolation == Interpolation::kBilinear) return;
    json["interpolation"] = name_of<Interpolation>(kInterpolationNames, interpolation);
}
Interpolation read_interpolation(ObjectReader& in) {
    return in.has("interpolation") ? in.choice("interpolation", kInterpolationNames) : Interpolation::kBilinear;
}

void write(Json& json, const Blur& blur) {
    json["kernel"] = name_of<KernelType>(kKernelNames, blur.type);
    json["size"] = blur.size;
    json["sigma_x"] = blur.sigma_x;
    json["sigma_y"] = blur.sigma_y;
    json["rotation"] = blur.rotation;
}
void write(Json& json, const Haze& haze) { json["alpha"] = haze.alpha; }
void write(Json& json, const Downsample& down) {
    json["scale"] = down.scale;
    json["width"] = down.width;
    json["height"] = down.height;
    write(json, down.interpolation);
}
void write(Json& json, const Noise& noise) {
    json["sigma"] = noise.sigma;
    json["rule"] = name_of<NoiseRule>(kRuleNames, noise.rule);
    json["draw"] = noise.draw;
    json["layer"] = noise.layer;
    if (noise.gray) json["gray"] = true;
}
void write(Json& json, const Jpeg& jpeg) {
    json["drawn"] = jpeg.drawn;
    json["quality"] = jpeg.quality;
}
void write(Json& json, const Shift& shift) { json["by"] = shift.by; }
void write(Json& json, const Gray& gray) { json["reference"] = gray.reference; }
void write(Json& json, const Jitter& jitter) {
    Json adjustments = Json::array();
    for (const auto& [kind, factor] : jitter.adjustments) {
        adjustments.push_back(Json::array({name_of<JitterKind>(kJitterNames, kind), factor}));
    }
    json["adjustments"] = std::move(adjustments);
}
void write(Json& json, const Enlarge& enlarge) {
    write(json, enlarge.interpolation);
    if (enlarge.levels) json["levels"] = true;
}
void write(Json& json, const Translate& translate) {
    json["right"] = translate.right;
    json["down"] = translate.down;
}
void write(Json& json, const Uneven& uneven) {
    json["left"] = uneven.left;
    json["top"] = uneven.top;
    json["side"] = uneven.side;
}
void write(Json&, const Aside&) {}
void write(Json&, const Round&) {}

void read(ObjectReader& in, Blur& blur) {
    blur.type = in.choice("kernel", kKernelNames);
    blur.size = in.integer("size");
    blur.sigma_x = in.number("sigma_x");
    blur.sigma_y = in.number("sigma_y");
    blur.rotation = in.number("rotation");
}
void read(ObjectReader& in, Haze& haze) { haze.alpha = in.number("alpha"); }
void read(ObjectReader& in, Downsample& down) {
    down.scale = in.number("scale");
    down.width = in.integer("width");
    down.height = in.integer("height");
    down.interpolation = read_interpolation(in);
}
void read(ObjectReader& in, Noise& noise) {
    noise.sigma = in.number("sigma");
    noise.rule = in.choice("rule", kRuleNames);
    noise.draw = in.text("draw");
    noise.layer = static_cast<uint32_t>(in.natural("layer", std::numeric_limits<uint32_t>::max()));
    noise.gray = in.has("gray") && in.flag("gray");
}
void read(ObjectReader& in, Jpeg& jpeg) {
    jpeg.drawn = in.number("drawn");
    jpeg.quality = in.integer("quality");
}
void read(ObjectReader& in, Shift& shift) {
    const Json& by = in.array("by");
    const bool good = by.size() == 3 && std::all_of(by.begin(), by.end(), [](const Json& v) { return v.is_number(); });
    if (!good) in.fail("\"by\" must be a list of three numbers");
    for (size_t c = 0; c < 3; c++) shift.by[c] = by[c].get<double>();
}
void read(ObjectReader& in, Gray& gray) { gray.reference = in.flag("reference"); }
void read(ObjectReader& in, Jitter& jitter) {
    for (const Json& pair : in.array("adjustments")) {
        if (!pair.is_array() || pair.size() != 2 || !pair[0].is_string() || !pair[1].is_number()) {
            in.fail("an adjustment is a name and a factor, [\"hue\", 0.07]");
        }
        const auto kind = value_of<JitterKind>(kJitterNames, "adjustment", pair[0].get<std::string>(), in.where());
        jitter.adjustments.emplace_back(kind, pair[1].get<double>());
    }
}
void read(ObjectReader& in, Enlarge& enlarge) {
    enlarge.interpolation = read_interpolation(in);
    enlarge.levels = in.has("levels") && in.flag("levels");
}
void read(ObjectReader& in, Translate& translate) {
    translate.right = in.signed_integer("right");
    translate.down = in.signed_integer("down");
}
void read(ObjectReader& in, Uneven& uneven) {
    uneven.left = in.integer("left");
    uneven.top = in.integer("top");
    uneven.side = in.integer("side");
}
void read(ObjectReader&, Aside&) {}
void read(ObjectReader&, Round&) {}

// The alternative of Step that is called `name`.
template <size_t i = 0>
Step empty_step(const std::string& name, const std::string& where, std::vector<std::string> known = {}) {
    if constexpr (i == std::variant_size_v<Step>) {
        throw UsageError(where + ": " + unknown_name("step", name, known));
    } else {
        Step step{std::in_place_index<i>};
        if (step_name(step) == name) return step;
        known.emplace_back(step_name(step));
        return empty_step<i + 1>(name, where, std::move(known));
    }
}

Step step_from_json(const Json& json, const std::string& where) {
    const std::string name = ObjectReader(json, where).text("step");
    Step step = empty_step(name, where);
    ObjectReader in(json, where + " (" + name + ")");
    in.member("step");
    std::visit([&in](auto& value) { read(in, value); }, step);
    in.finish();
    return step;
}

}  // namespace

Json parameters_to_json(const DegradationParameters& parameters) {
    Json json{{"version", kDegradationVersion},
              {"preset", parameters.preset},
              {"seed", parameters.seed},
              {"id", parameters.id},
              {"width", parameters.width},
              {"height", parameters.height},
              {"channels", name_of<ChannelOrder>(kChannelNames, parameters.channels)}};
    Json steps = Json::array();
    for (const Step& step : parameters.steps) {
        Json& written = steps.emplace_back(Json{{"step", step_name(step)}});
        std::visit([&written](const auto& value) { write(written, value); }, step);
    }
    json["steps"] = std::move(steps);
    return json;
}

DegradationParameters parameters_from_json(const Json& json, std::string_view where) {
    ObjectReader in(json, std::string(where));
    if (const int version = in.integer("version"); version != kDegradationVersion) {
        in.fail(fmt::format("version {} of the degradations; this program has version {} and would give other pixels",
                            version, kDegradationVersion));
    }
    DegradationParameters parameters;
    parameters.preset = in.text("preset");
    parameters.seed = in.natural("seed", std::numeric_limits<uint64_t>::max());
    parameters.id = in.text("id");
    parameters.width = in.integer("width");
    parameters.height = in.integer("height");
    parameters.channels = in.choice("channels", kChannelNames);
    const Json& steps = in.array("steps");
    in.finish();
    for (size_t i = 0; i < steps.size(); i++) {
        parameters.steps.push_back(step_from_json(steps[i], fmt::format("{}: steps[{}]", where, i)));
    }
    check_parameters(parameters, where);
    return parameters;
}

}  // namespace bfr

#include <algorithm>
#include <limits>
#include <span>

#include "base/error.h"
#include "base/json.h"
#include "base/names.h"
#include "datasets/degradations/parameters.h"

namespace bfr {
namespace {

template <class Value>
using Names = std::span<const std::pair<std::string_view, Value>>;

constexpr std::pair<std::string_view, KernelType> kKernelNames[]{{"iso", KernelType::kIso},
                                                                 {"aniso", KernelType::kAniso}};
constexpr std::pair<std::string_view, ChannelOrder> kChannelNames[]{{"bgr", ChannelOrder::kBgr},
                                                                    {"rgb", ChannelOrder::kRgb}};
constexpr std::pair<std::string_view, NoiseRule> kRuleNames[]{{"z*sigma/255", NoiseRule::kTimesSigmaOver255},
                                                              {"z*(sigma/255)", NoiseRule::kTimesQuotient}};
constexpr std::pair<std::string_view, JitterKind> kJitterNames[]{{"brightness", JitterKind::kBrightness},
                                                                 {"contrast", JitterKind::kContrast},
                                                                 {"saturation", JitterKind::kSaturation},
                                                                 {"hue", JitterKind::kHue}};

template <class Value>
std::string name_of(Names<Value> names, Value value) {
    for (const auto& [name, known] : names) {
        if (known == value) return std::string(name);
    }
    BFR_CHECK(false, "a value without a name");
}

template <class Value>
Value value_of(Names<Value> names, std::string_view what, const std::string& given, const std::string& where) {
    std::vector<std::string> known;
    for (const auto& [name, value] : names) {
        if (name == given) return value;
        known.emplace_back(name);
    }
    throw UsageError(where + ": " + unknown_name(what, given, known));
}

// One object, read strictly: each key is asked for once, then finish() finds those that nobody asked for.
class ObjectReader {
  public:
    ObjectReader(const Json& json, std::string where) : json_(json), where_(std::move(where)) {
        if (!json.is_object()) fail("an object is expected");
    }

    const Json& member(const char* key) {
        known_.emplace_back(key);
        const auto found = json_.find(key);
        if (found == json_.end()) {
            finish_if_unknown();
            fail(fmt::format("\"{}\" is missing", key));
        }
        return *found;
    }
    double number(const char* key) {
        const Json& value = member(key);
        if (!value.is_number()) fail(fmt::format("\"{}\" must be a number", key));
        return value.get<double>();
    }
    uint64_t natural(const char* key, uint64_t most) {
        const Json& value = member(key);
        // A number made in memory may be signed where a parsed one is unsigned.
        const bool natural = value.is_number_unsigned() || (value.is_number_integer() && value.get<int64_t>() >= 0);
        if (!natural || value.get<uint64_t>() > most) {
            fail(fmt::format("\"{}\" must be a whole number from 0 to {}", key, most));
        }
        return value.get<uint64_t>();
    }
    int integer(const char* key) { return static_cast<int>(natural(key, std::numeric_limits<int>::max())); }
    bool flag(const char* key) {
        const Json& value = member(key);
        if (!value.is_boolean()) fail(fmt::format("\"{}\" must be true or false", key));
        return value.get<bool>();
    }
    std::string text(const char* key) {
        const Json& value = member(key);
        if (!value.is_string()) fail(fmt::format("\"{}\" must be a text", key));
        return value.get<std::string>();
    }
    template <class Value, size_t n>
    Value choice(const char* key, const std::pair<std::string_view, Value> (&names)[n]) {
        return value_of<Value>(names, key, text(key), where_);
    }
    const Json& array(const char* key) {
        const Json& value = member(key);
        if (!value.is_array()) fail(fmt::format("\"{}\" must be a list", key));
        return value;
    }
    void finish() const {
        for (const auto& [key, value] : json_.items()) {
            if (std::find(known_.begin(), known_.end(), key) == known_.end()) {
                if (known_.size() == 1) fail(fmt::format("unknown key '{}'; there is none but \"{}\"", key, known_[0]));
                fail(unknown_name("key", key, known_));
            }
        }
    }
    [[noreturn]] void fail(const std::string& what) const { throw UsageError(where_ + ": " + what); }
    const std::string& where() const { return where_; }

  private:
    // A misspelt key is a missing and an unknown one: the message names the unknown one where it is near the missing.
    void finish_if_unknown() const {
        const std::vector<std::string> missing{known_.back()};
        for (const auto& [key, value] : json_.items()) {
            if (std::find(known_.begin(), known_.end(), key) == known_.end() && !near_names(key, missing).empty()) {
                fail(unknown_name("key", key, missing));
            }
        }
    }

    const Json& json_;
    std::string where_;
    std::vector<std::string> known_;
};

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
}
void write(Json& json, const Noise& noise) {
    json["sigma"] = noise.sigma;
    json["rule"] = name_of<NoiseRule>(kRuleNames, noise.rule);
    json["draw"] = noise.draw;
    json["layer"] = noise.layer;
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
void write(Json&, const Enlarge&) {}
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
}
void read(ObjectReader& in, Noise& noise) {
    noise.sigma = in.number("sigma");
    noise.rule = in.choice("rule", kRuleNames);
    noise.draw = in.text("draw");
    noise.layer = static_cast<uint32_t>(in.natural("layer", std::numeric_limits<uint32_t>::max()));
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
void read(ObjectReader&, Enlarge&) {}
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

#include "datasets/degradations/chain.h"

#include <algorithm>
#include <cctype>
#include <limits>

#include "base/files.h"
#include "base/parse_json.h"
#include "datasets/degradations/object_reader.h"

namespace bfr {
namespace {

// "uneven" draws the steps before it twice, and a drawn chain has at most kMaxSteps.
constexpr size_t kMostSteps = (kMaxSteps - 2) / 2, kMostChoices = 64, kLongestName = 40;

constexpr uint64_t kMostBytes = 1 << 20;
constexpr double kPi = std::numbers::pi;

class StepReader {
  public:
    StepReader(const Json& json, const std::string& where) : in_(json, where) {}

    StepRange read() {
        const std::string name = in_.text("step");
        std::vector<std::string> known;
        for (const auto& [kind, reader] : kReaders) {
            if (kind == name) {
                StepRange range = (this->*reader)();
                in_.finish();
                return range;
            }
            known.emplace_back(kind);
        }
        in_.fail(unknown_name("step", name, known));
    }

  private:
    using Reader = StepRange (StepReader::*)();
    static const std::pair<std::string_view, Reader> kReaders[12];

    double within(const char* key, double value, double lo, double hi) {
        if (!(value >= lo && value <= hi))
            in_.fail(fmt::format("{} is {}, which is not within {} to {}", key, value, lo, hi));
        return value;
    }
    double number(const char* key, double lo, double hi) { return within(key, in_.number(key), lo, hi); }
    double share(const char* key, double fallback) { return in_.has(key) ? number(key, 0, 1) : fallback; }
    double probability() { return share("probability", 1); }
    // The list behind {"one_of": [...]}; null for anything else.
    const Json* choices(const char* key) {
        const Json& value = in_.member(key);
        if (!value.is_object()) return nullptr;
        ObjectReader inner(value, fmt::format("{}: {}", in_.where(), key));
        const Json& list = inner.array("one_of");
        inner.finish();
        if (list.empty() || list.size() > kMostChoices)
            inner.fail(fmt::format("\"one_of\" has 1 to {} values", kMostChoices));
        return &list;
    }
    [[noreturn]] void no_values(const char* key) {
        in_.fail(fmt::format("\"{}\" must be a number, a range [lo, hi] or {{\"one_of\": [...]}} of numbers", key));
    }
    // 3, [1, 5] or {"one_of": [1, 3, 5]}
    Range values(const char* key, double lo, double hi) {
        const auto one = [&](const Json& value) {
            if (!value.is_number()) no_values(key);
            return within(key, value.get<double>(), lo, hi);
        };
        if (const Json* list = choices(key)) {
            Range range;
            for (const Json& value : *list) range.one_of.push_back(one(value));
            return range;
        }
        const Json& value = in_.member(key);
        if (!value.is_array()) return {one(value), one(value)};
        if (value.size() != 2) no_values(key);
        const Range range{one(value[0]), one(value[1])};
        if (range.lo > range.hi)
            in_.fail(fmt::format("{}: the range [{}, {}] begins above its end", key, range.lo, range.hi));
        return range;
    }
    int pixels(const char* key, const Json& value, int least, int most) {
        if (!value.is_number_integer()) in_.fail(fmt::format("\"{}\" must be a whole number of pixels", key));
        return static_cast<int>(within(key, value.get<double>(), least, most));
    }
    // One word, or {"one_of": [...]}
    std::vector<Interpolation> interpolations() {
        constexpr const char* kKey = "interpolation";
        if (!in_.has(kKey)) return {};
        const Json* list = choices(kKey);
        if (!list) return {in_.choice(kKey, kInterpolationNames)};
        std::vector<Interpolation> all;
        for (const Json& value : *list) {
            if (!value.is_string()) in_.fail("\"interpolation\" has names, such as \"area\"");
            all.push_back(value_of<Interpolation>(kInterpolationNames, kKey, value.get<std::string>(), in_.where()));
        }
        return all;
    }

    StepRange blur() {
        BlurRange blur;
        if (const Json* list = choices("size")) {
            for (const Json& value : *list) blur.sizes.push_back(pixels("size", value, 1, kMaxKernelSize));
        } else {
            blur.sizes = {pixels("size", in_.member("size"), 1, kMaxKernelSize)};
        }
        for (const int size : blur.sizes) {
            if (size % 2 == 0) in_.fail(fmt::format("size is {}; a kernel has an odd size", size));
        }
        if (in_.has("sigma")) {
            blur.sigma = values("sigma", 0.01, 1000);
        } else {
            blur.sigma = values("sigma_x", 0.01, 1000);
            blur.sigma_y = values("sigma_y", 0.01, 1000);
        }
        blur.iso_probability = share("iso_probability", 0.5);
        if (in_.has("rotation")) blur.rotation = values("rotation", -kPi, kPi);
        blur.probability = probability();
        return blur;
    }
    StepRange haze() { return HazeRange{probability(), values("alpha", 0, 1)}; }
    StepRange downsample() { return DownsampleRange{values("scale", 0.5, 1000), interpolations(), probability()}; }
    StepRange noise() {
        return NoiseRange{values("sigma", 0, 255), NoiseRule::kTimesSigmaOver255, share("gray_probability", 0),
                          probability()};
    }
    StepRange jpeg() { return JpegRange{values("quality", 0, 100), probability()}; }
    StepRange enlarge() {
        const bool named = in_.has("interpolation");
        return Enlarge{named ? in_.choice("interpolation", kInterpolationNames) : Interpolation::kBilinear, false};
    }
    StepRange shift() { return ShiftRange{probability(), number("most", 0, 1)}; }
    StepRange round() { return Round{}; }
    StepRange gray() { return GrayRange{probability(), in_.has("reference") && in_.flag("reference")}; }
    StepRange jitter() {
        JitterRange jitter{probability(), {}, {}, {}, {}};
        const auto read = [&](const char* key, std::optional<Range>& range, double lo, double hi) {
            if (in_.has(key)) range = values(key, lo, hi);
        };
        read("brightness", jitter.brightness, 0, 100);
        read("contrast", jitter.contrast, 0, 100);
        read("saturation", jitter.saturation, 0, 100);
        read("hue", jitter.hue, -0.5, 0.5);
        if (!jitter.brightness && !jitter.contrast && !jitter.saturation && !jitter.hue) {
            in_.finish();
            in_.fail("one at least of brightness, contrast, saturation and hue is needed");
        }
        return jitter;
    }
    StepRange translate() {
        return TranslateRange{probability(), pixels("most", in_.member("most"), 0, kMaxDegradedSide)};
    }
    StepRange uneven() {
        const Json& side = in_.member("side");
        if (!side.is_array()) {
            const int only = pixels("side", side, 1, kMaxDegradedSide);
            return UnevenRange{probability(), only, only};
        }
        if (side.size() != 2) in_.fail("\"side\" must be a whole number, or a range [least, most]");
        const UnevenRange range{probability(), pixels("side", side[0], 1, kMaxDegradedSide),
                                pixels("side", side[1], 1, kMaxDegradedSide)};
        if (range.least_side > range.most_side) in_.fail("side: the range begins above its end");
        return range;
    }

    ObjectReader in_;
};

const std::pair<std::string_view, StepReader::Reader> StepReader::kReaders[12] = {
    {"blur", &StepReader::blur},     {"haze", &StepReader::haze},           {"downsample", &StepReader::downsample},
    {"noise", &StepReader::noise},   {"jpeg", &StepReader::jpeg},           {"enlarge", &StepReader::enlarge},
    {"shift", &StepReader::shift},   {"round", &StepReader::round},         {"gray", &StepReader::gray},
    {"jitter", &StepReader::jitter}, {"translate", &StepReader::translate}, {"uneven", &StepReader::uneven}};

void check_order(const std::vector<StepRange>& steps, std::string_view where) {
    bool full_size = true, uneven = false;
    for (size_t i = 0; i < steps.size(); i++) {
        const auto refuse = [&](std::string_view what) {
            throw UsageError(fmt::format("{}: steps[{}]: {}", where, i, what));
        };
        const bool is_uneven = std::holds_alternative<UnevenRange>(steps[i]);
        if (!full_size && (is_uneven || std::holds_alternative<TranslateRange>(steps[i]))) {
            refuse("the picture must have its full size here: an \"enlarge\" before it is missing");
        }
        if (is_uneven && uneven) refuse("there may be one \"uneven\"");
        uneven |= is_uneven;
        if (std::holds_alternative<DownsampleRange>(steps[i])) full_size = false;
        if (std::holds_alternative<Enlarge>(steps[i])) full_size = true;
    }
    if (!full_size) {
        throw UsageError(fmt::format("{}: after the last \"downsample\" the steps need an \"enlarge\"", where));
    }
}

}  // namespace

DegradationPreset chain_from_json(const Json& json, std::string_view name, std::string_view where) {
    ObjectReader in(json, std::string(where));
    DegradationPreset chain;
    chain.name = in.has("name") ? in.text("name") : std::string(name);
    const auto is_word = [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_'; };
    if (chain.name.empty() || chain.name.size() > kLongestName ||
        !std::all_of(chain.name.begin(), chain.name.end(), is_word)) {
        in.fail(fmt::format("\"name\" (or the file's) must have 1 to {} letters, digits, '-' or '_'", kLongestName));
    }
    chain.name = "chain/" + chain.name;
    chain.source = where;
    if (in.has("channels")) chain.channels = in.choice("channels", kChannelNames);
    chain.reference_size =
        in.has("reference_size") ? static_cast<int>(in.natural("reference_size", kMaxDegradedSide)) : 0;
    const Json& steps = in.array("steps");
    in.finish();
    if (steps.empty() || steps.size() > kMostSteps) in.fail(fmt::format("\"steps\" has 1 to {} steps", kMostSteps));
    for (size_t i = 0; i < steps.size(); i++) {
        std::string place = fmt::format("{}: steps[{}]", where, i);
        if (steps[i].is_object() && steps[i].contains("step") && steps[i]["step"].is_string()) {
            place += " (" + printable(steps[i]["step"].get<std::string>()) + ")";
        }
        chain.steps.push_back(StepReader(steps[i], place).read());
    }
    check_order(chain.steps, where);
    chain.summary = fmt::format("a chain of {} steps", chain.steps.size());
    return chain;
}

DegradationPreset load_chain(const std::filesystem::path& file) {
    const std::string where = printable(file);
    Json json;
    try {
        json = parse_json(read_text(file, kMostBytes), where);
    } catch (const Json::parse_error& e) {
        throw UsageError(fmt::format("{}: not JSON: {}", where, e.what()));
    }
    return chain_from_json(json, file.stem().string(), where);
}

DegradationPreset parse_degradation(const std::string& text) {
    if (text.ends_with(".json")) return load_chain(text);
    return find_degradation_preset(text);
}

}  // namespace bfr

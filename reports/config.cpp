#include "reports/config.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/names.h"
#include "base/parse_json.h"
#include "downstream/task.h"
#include "metrics/metric.h"
#include "metrics/presets.h"
#include "reports/ablation.h"
#include "restore/restorer.h"

namespace bfr {
namespace fs = std::filesystem;

namespace {

using Field = std::function<void(const Json& value, const std::string& pointer)>;
using Fields = std::vector<std::pair<std::string, Field>>;

[[noreturn]] void wrong(const std::string& pointer, const std::string& wanted, const Json& value) {
    std::string shown = value.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (shown.size() > 60) shown = shown.substr(0, 60) + "...";
    throw UsageError(fmt::format("{} must be {}, not {}", pointer, wanted, shown));
}

void read_object(const Json& json, const std::string& pointer, const Fields& fields) {
    if (!json.is_object()) wrong(pointer.empty() ? "the configuration" : pointer, "an object", json);
    std::vector<std::string> known;
    for (const auto& field : fields) known.push_back(field.first);
    for (const auto& [key, value] : json.items()) {
        const Field* found = nullptr;
        for (const auto& [name, field] : fields) {
            if (name == key) found = &field;
        }
        if (!found) throw UsageError(fmt::format("{}/{}: {}", pointer, key, unknown_name("key", key, known)));
        (*found)(value, pointer + "/" + key);
    }
}

Field text(std::string& target) {
    return [&target](const Json& value, const std::string& pointer) {
        if (!value.is_string()) wrong(pointer, "a text", value);
        target = value.get<std::string>();
        if (target.find('\0') != std::string::npos) wrong(pointer, "a text without a zero character", value);
    };
}

Field flag(bool& target) {
    return [&target](const Json& value, const std::string& pointer) {
        if (!value.is_boolean()) wrong(pointer, "true or false", value);
        target = value.get<bool>();
    };
}

template <class Number>
Field whole_number(Number& target, uint64_t most) {
    return [&target, most](const Json& value, const std::string& pointer) {
        const bool whole = value.is_number_unsigned() || (value.is_number_integer() && value.get<int64_t>() >= 0);
        if (!whole || value.get<uint64_t>() > most) {
            wrong(pointer, fmt::format("a whole number from 0 to {}", most), value);
        }
        target = static_cast<Number>(value.get<uint64_t>());
    };
}

// A path as it will be opened; an empty one stays empty.
std::string based(const std::string& path, const fs::path& base) {
    return path.empty() ? path : (base / path).lexically_normal().native();
}

Field path(std::string& target, const fs::path& base) {
    return [&target, &base](const Json& value, const std::string& pointer) {
        if (value.is_null()) return;
        text(target)(value, pointer);
        target = based(target, base);
    };
}

template <class Item>
Field list(std::vector<Item>& target, const std::function<Item(const Json&, const std::string&)>& read) {
    return [&target, read](const Json& value, const std::string& pointer) {
        if (!value.is_array()) wrong(pointer, "a list", value);
        target.clear();
        for (size_t i = 0; i < value.size(); i++) target.push_back(read(value[i], fmt::format("{}/{}", pointer, i)));
    };
}

Field texts(std::vector<std::string>& target) {
    return list<std::string>(target, [](const Json& value, const std::string& pointer) {
        std::string one;
        text(one)(value, pointer);
        return one;
    });
}

// The options of `registry` that are paths become relative to `base`.
template <class Unit>
Spec read_unit(const Json& value, const std::string& pointer, const Registry<Unit, UnitContext>& registry,
               const fs::path& base) {
    Spec spec;
    try {
        spec = Spec::from_json(value);
    } catch (const UsageError& error) {
        throw UsageError(fmt::format("{}: {}", pointer, error.what()));
    }
    const auto* entry = registry.find(spec.name());
    if (!entry || base.empty()) return spec;
    for (const auto& option : entry->options) {
        const auto found = spec.options().find(option.key);
        if (option.is_path && found != spec.options().end()) spec.set(option.key, based(found->second, base));
    }
    return spec;
}

template <class Unit>
Field units(std::vector<Spec>& target, const Registry<Unit, UnitContext>& registry, const fs::path& base) {
    return list<Spec>(target, [&registry, &base](const Json& value, const std::string& pointer) {
        return read_unit(value, pointer, registry, base);
    });
}

// {"steps": [1, 2, 4], "noise": ["seeded", "zero"]}; each value goes the way of a unit's option.
std::vector<OptionValues> read_vary(const Json& json, const std::string& pointer, const Spec& method,
                                    const fs::path& base) {
    if (!json.is_object()) wrong(pointer, "an object of options and their values", json);
    std::vector<OptionValues> vary;
    for (const auto& [key, values] : json.items()) {
        const std::string at = pointer + "/" + key;
        vary.push_back({key, {}});
        list<std::string>(vary.back().values, [&, &option = key](const Json& value, const std::string& place) {
            const Spec arm = read_unit({{"name", method.name()}, {option, value}}, place, restorers(), base);
            const auto found = arm.options().find(option);
            if (found == arm.options().end()) throw UsageError(place + ": name isn't an option to vary");
            return found->second;
        })(values, at);
    }
    return vary;
}

Ablation read_ablation(const Json& json, const std::string& pointer, const fs::path& base) {
    Ablation ablation;
    const Json* vary = nullptr;
    read_object(json, pointer,
                {{"method", [&](const Json& value,
                                const std::string& at) { ablation.method = read_unit(value, at, restorers(), base); }},
                 {"vary", [&](const Json& value, const std::string&) { vary = &value; }}});
    if (ablation.method.name().empty() || !vary) wrong(pointer, "an object with \"method\" and \"vary\"", json);
    ablation.vary = read_vary(*vary, pointer + "/vary", ablation.method, base);
    return ablation;
}

template <class Unit>
void add_code(const std::vector<Spec>& specs, const Registry<Unit, UnitContext>& registry,
              std::vector<std::string>& found) {
    for (const auto& spec : specs) {
        const auto* entry = registry.find(spec.name());
        if (entry && entry->runs_code) found.push_back(spec.canonical());
    }
}

Json texts(const std::vector<Spec>& specs) {
    Json list = Json::array();
    for (const auto& spec : specs) list.push_back(spec.canonical());
    return list;
}

}  // namespace

RunConfig config_from_json(const Json& json, const fs::path& base) {
    RunConfig config;
    std::string out;
    auto& data = config.data;
    const Fields data_fields = {{"degraded", path(data.degraded, base)},
                                {"reference", path(data.reference, base)},
                                {"manifest", path(data.manifest, base)},
                                {"restored", list<std::string>(config.restored,
                                                               [&base](const Json& value, const std::string& at) {
                                                                   std::string folder;
                                                                   path(folder, base)(value, at);
                                                                   if (folder.empty()) wrong(at, "a folder", value);
                                                                   return folder;
                                                               })},
                                {"pattern", text(data.pattern)},
                                {"reference_pattern", text(data.reference_pattern)},
                                {"recursive", flag(data.recursive)},
                                {"limit", whole_number(data.limit, std::numeric_limits<uint64_t>::max())}};
    const std::function<fs::path(const Json&, const std::string&)> read_folder = [&base](const Json& value,
                                                                                         const std::string& pointer) {
        std::string folder;
        path(folder, base)(value, pointer);
        if (folder.empty()) wrong(pointer, "a folder", value);
        return fs::path(folder);
    };
    read_object(json, "",
                {{"data", [&](const Json& value, const std::string& at) { read_object(value, at, data_fields); }},
                 {"methods", units(config.methods, restorers(), base)},
                 {"metrics", units(config.metrics, bfr::metrics(), base)},
                 {"tasks", units(config.tasks, bfr::tasks(), base)},
                 {"presets", texts(config.presets)},
                 {"against", texts(config.against)},
                 {"ablation", list<Ablation>(config.ablations,
                                             [&base](const Json& value, const std::string& at) {
                                                 return read_ablation(value, at, base);
                                             })},
                 {"seed", whole_number(config.seed, std::numeric_limits<uint64_t>::max())},
                 {"jobs", whole_number(config.jobs, 1024)},
                 {"threads", whole_number(config.threads, 1024)},
                 {"out", path(out, base)},
                 {"save_images", flag(config.save_images)},
                 {"weights", list<fs::path>(config.weights, read_folder)},
                 {"device", text(config.device)},
                 {"allow_commands", flag(config.allow_commands)}});
    if (config.threads == 0) throw UsageError("/threads must be at least 1");
    config.out = out;
    return config;
}

std::vector<std::string> units_that_run_code(const RunConfig& config) {
    std::vector<std::string> found;
    add_code(methods_of(config), restorers(), found);
    add_code(config.metrics, metrics(), found);
    add_code(config.tasks, tasks(), found);
    return found;
}

RunConfig config_from_file(const fs::path& file) {
    const std::string content = read_text(file);
    Json json;
    try {
        json = parse_json(content, printable(file));
    } catch (const Json::parse_error& error) {
        const std::string before = content.substr(0, error.byte);
        const auto line = 1 + std::count(before.begin(), before.end(), '\n');
        throw UsageError(fmt::format("{}: line {} isn't JSON: {}", printable(file), line, error.what()));
    }
    try {
        return config_from_json(json, file.parent_path());
    } catch (const UsageError& error) {
        throw UsageError(fmt::format("{}: {}", printable(file), error.what()));
    }
}

Json to_json(const RunConfig& config) {
    const auto& data = config.data;
    const auto text_or_null = [](const std::string& path) { return path.empty() ? Json() : Json(printable(path)); };
    Json weights = Json::array(), restored = Json::array();
    for (const auto& folder : config.weights) weights.push_back(printable(folder));
    for (const auto& folder : config.restored) restored.push_back(printable(folder));
    Json json = {{"data",
                  {{"degraded", text_or_null(data.degraded)},
                   {"reference", text_or_null(data.reference)},
                   {"manifest", text_or_null(data.manifest)},
                   {"pattern", data.pattern},
                   {"reference_pattern", data.reference_pattern},
                   {"recursive", data.recursive},
                   {"limit", data.limit}}},
                 {"methods", texts(config.methods)},
                 {"metrics", texts(config.metrics)},
                 {"tasks", texts(config.tasks)},
                 {"seed", config.seed},
                 {"jobs", config.jobs},
                 {"threads", config.threads},
                 {"out", text_or_null(config.out.native())},
                 {"save_images", config.save_images},
                 {"weights", weights},
                 {"device", config.device},
                 {"allow_commands", config.allow_commands}};
    if (!restored.empty()) json["data"]["restored"] = std::move(restored);
    if (!config.presets.empty()) json["presets"] = config.presets;
    if (!config.against.empty()) json["against"] = config.against;
    for (const auto& ablation : config.ablations) {
        Json vary = Json::object();
        for (const auto& [key, values] : ablation.vary) vary[key] = values;
        json["ablation"].push_back({{"method", ablation.method.canonical()}, {"vary", std::move(vary)}});
    }
    return json;
}

SampleList samples_of(const RunConfig& config) {
    const auto& data = config.data;
    if (config.restored.empty() || !data.manifest.empty() || !data.degraded.empty() || !data.reference.empty())
        return list_samples(data);
    SampleList list;
    std::set<std::string> ids;
    for (const auto& folder : config.restored) {
        const FolderListing listing = list_folder(folder, data.pattern, data.recursive);
        for (const auto& [id, path] : listing.files) ids.insert(id);
        list.left_out.insert(list.left_out.end(), listing.left_out.begin(), listing.left_out.end());
    }
    for (const auto& id : ids) {
        if (data.limit != 0 && list.samples.size() == data.limit) break;
        list.samples.emplace_back();
        list.samples.back().id = id;
    }
    if (list.samples.empty()) {
        throw UsageError(fmt::format("{}: gave no sample; the first picture left out: {}: {}", config.restored.front(),
                                     list.left_out.front().path, list.left_out.front().reason));
    }
    return list;
}

bool may_have_references(const RunConfig& config) {
    return !config.data.reference.empty() || !config.data.manifest.empty();
}

void expand_presets(RunConfig& config) {
    add_preset_units(config.presets, may_have_references(config), config.metrics, config.tasks);
}

}  // namespace bfr

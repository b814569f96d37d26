#include "reports/describe.h"

#include <algorithm>

#include "reports/json_values.h"
#include "restore/device_names.h"
#include "weights/catalogue/training_data.h"

namespace bfr {
namespace {

Json describe_common(const UnitInfo& info) {
    Json weights = Json::array();
    for (const auto& use : info.weights) {
        weights.push_back({{"file", use.file}, {"sha256", use.sha256}, {"bytes", use.bytes}, {"pinned", use.pinned}});
        if (!use.name_digits.empty()) weights.back()["name_digits"] = use.name_digits;
        if (use.own) weights.back()["own"] = true;
    }
    std::vector<std::string> trained_on = info.trained_on;
    for (const auto& use : info.weights) {
        for (const auto& set : training_sets_of_file(use.file)) {
            if (std::ranges::find(trained_on, set) == trained_on.end()) trained_on.push_back(set);
        }
    }
    return {{"label", info.label},           {"version", info.version}, {"summary", info.summary},
            {"convention", info.convention}, {"source", info.source},   {"weights", weights},
            {"trained_on", trained_on}};
}

void add_availability(Json& unit, bool available, const std::string& reason, const std::string& mend) {
    unit["available"] = available;
    unit["reason"] = text_or_null(reason);
    unit["mend"] = text_or_null(mend);
}

UnitInfo nothing_but(const std::string& label) {
    UnitInfo info;
    info.label = label;
    return info;
}

}  // namespace

Json describe(const ValueInfo& value) {
    return {{"name", value.name},
            {"unit", value.unit},
            {"direction", direction_name(value.direction)},
            {"summary", value.summary},
            {"decimals", value.decimals}};
}

Json describe(const RestorerInfo& info) {
    Json method = describe_common(info);
    method["parameters"] = number_or_null(info.parameters);
    if (!info.extras.empty()) method["extras"] = info.extras;
    method["gflop"] = number_or_null(info.gflop);
    // What another program did elsewhere, nobody knows here.
    method["device"] = info.finished ? Json() : text_or_null(info.device);
    const bool may_draw = info.finished || (info.device == kProgramsDevice && !info.draws);
    method["draws"] = may_draw ? Json() : Json(info.draws);
    method["finished"] = info.finished;
    add_availability(method, true, "", "");
    return method;
}

Json describe(const ScorerInfo& info, const std::string& kind) {
    Json unit = {{"kind", kind}};
    unit.update(describe_common(info));
    unit["needs_reference"] = info.needs_reference;
    unit["imported"] = info.imported;
    add_availability(unit, true, "", "");
    unit["values"] = Json::array();
    for (const auto& value : info.values) unit["values"].push_back(describe(value));
    return unit;
}

Json describe_missing_method(const std::string& label, const std::string& reason, const std::string& mend) {
    RestorerInfo info;
    static_cast<UnitInfo&>(info) = nothing_but(label);
    Json method = describe(info);
    add_availability(method, false, reason, mend);
    return method;
}

Json describe_missing_unit(const std::string& kind, const std::string& label, const std::string& reason,
                           const std::string& mend) {
    ScorerInfo info;
    static_cast<UnitInfo&>(info) = nothing_but(label);
    Json unit = describe(info, kind);
    add_availability(unit, false, reason, mend);
    return unit;
}

}  // namespace bfr

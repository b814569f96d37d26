#include "reports/comparison.h"

#include <algorithm>

#include "base/error.h"
#include "base/names.h"
#include "base/spec.h"
#include "reports/ablation_report.h"

namespace bfr {
namespace {

std::string without_marks(std::string label) {
    while (label.ends_with(']') && label.find('[') != std::string::npos) label.resize(label.rfind('['));
    return label;
}

// What a spec, in any of its forms, calls its row; a label that is none stays.
std::string row_of(const std::string& text) {
    try {
        const Spec spec = Spec::parse(text);
        const auto found = spec.options().find("name");
        return found == spec.options().end() ? spec.canonical() : found->second;
    } catch (const UsageError&) {
        return text;
    }
}

}  // namespace

std::string row_named(const std::string& name, const Json& methods, const std::string& purpose) {
    std::vector<std::string> labels, found;
    for (const Json& method : methods) {
        labels.push_back(method.at("label"));
        const std::string& label = labels.back();
        if (label == name) {
            found = {label};
            break;
        }
        const std::string bare = without_marks(label);
        if (bare == name || row_of(bare) == row_of(name)) found.push_back(label);
    }
    if (found.empty()) throw UsageError(unknown_name(purpose, name, labels));
    if (found.size() > 1) {
        throw UsageError(
            fmt::format("'{}' names {} rows: {} and {}; give one whole label", name, found.size(), found[0], found[1]));
    }
    const auto method =
        std::ranges::find_if(methods, [&](const Json& one) { return one.at("label") == found.front(); });
    if (!method->at("available").get<bool>()) {
        throw UsageError(fmt::format("{}, a {}, isn't available: {}", found.front(), purpose,
                                     method->at("reason").get<std::string>()));
    }
    return found.front();
}

Json comparison_section(const std::vector<std::string>& against, const Json& methods,
                        const std::vector<std::pair<std::string, RecordColumn>>& columns,
                        const std::vector<std::string>& value_names, const Json& rows, uint64_t seed) {
    Json compared = Json::array();
    for (const auto& name : against) {
        Json arms = Json::array();
        for (const auto& [label, column] : columns) arms.push_back({{"method", label}});
        compared.push_back({{"baseline", row_named(name, methods)}, {"arms", std::move(arms)}});
    }
    Json section = Json::array();
    for (Json& one : ablation_section(compared, columns, value_names, rows, seed)) {
        for (Json& arm : one["arms"]) arm.erase("available");
        section.push_back({{"against", one["baseline"]}, {"rows", std::move(one["arms"])}});
    }
    return section;
}

}  // namespace bfr

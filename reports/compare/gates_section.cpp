#include <algorithm>
#include <array>

#include "reports/compare/sections.h"
#include "reports/read.h"

namespace bfr {
namespace {

// What a row can be asked for besides its values.
constexpr std::array<const char*, 2> kCounts = {"failed", "n"};

Json evaluate(const Gate& gate, const std::vector<ComparedReport>& reports, const ComparedRow& row,
              const ComparedRow& baseline, const Json& comparison) {
    const std::string& name = gate.value();
    Json result = {{"condition", gate.text()}, {"row", row.name},     {"value", name},    {"n", nullptr},
                   {"row_value", nullptr},     {"baseline", nullptr}, {"limit", nullptr}, {"holds", nullptr},
                   {"reason", nullptr}};
    std::string lack = "no sample has the value in both rows";
    const Json& set = member(member(comparison, "set_values"), name);
    const Json& value = member(member(comparison, "values"), name);
    if (std::ranges::find(kCounts, name) != kCounts.end()) {
        result["row_value"] = member(row_in(reports, row), name);
        result["baseline"] = member(row_in(reports, baseline), name);
        lack = "the report doesn't say it";
    } else if (set.is_object()) {
        result["n"] = set.at("n");
        result["row_value"] = set.at("row_value");
        if (set.at("reason").is_null()) result["baseline"] = set.at("baseline_value");
        if (set.at("reason").is_string()) lack = set.at("reason");
    } else if (value.is_object()) {
        result["n"] = value.at("n");
        result["row_value"] = value.at("row_mean");
        result["baseline"] = value.at("baseline_mean");
    }
    const auto number = number_of(result, "row_value"), other = number_of(result, "baseline");
    if (!number || (gate.uses_baseline() && !other)) {
        result["reason"] = lack;
        return result;
    }
    const auto limit = gate.limit(other.value_or(0));
    if (!limit) {
        result["reason"] = "its right side is no finite number";
        return result;
    }
    result["limit"] = *limit;
    result["holds"] = gate.holds(*number, *limit);
    return result;
}

}  // namespace

std::vector<Gate> gates_of(const std::vector<std::string>& conditions, const std::vector<ComparedReport>& reports) {
    std::vector<std::string> names = value_names(reports);
    names.insert(names.end(), kCounts.begin(), kCounts.end());
    std::vector<Gate> gates;
    for (const std::string& text : conditions) gates.emplace_back(text, names);
    return gates;
}

Json gates_section(const std::vector<Gate>& gates, const std::vector<ComparedReport>& reports, const Compared& all,
                   const Json& comparisons) {
    Json list = Json::array();
    for (const Gate& gate : gates)
        for (size_t i = 1; i < all.rows.size(); i++)
            list.push_back(evaluate(gate, reports, all.rows[i], all.rows.front(), comparisons.at(i - 1)));
    return list;
}

}  // namespace bfr

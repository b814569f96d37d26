#include "reports/value_columns.h"

#include <fmt/format.h>

#include "reports/read.h"

namespace bfr {

namespace {

std::string without_prefix(const std::string& name, const std::string& label) {
    const std::string prefix = label + '.';
    return name.size() > prefix.size() && name.starts_with(prefix) ? name.substr(prefix.size()) : name;
}

std::vector<ValueColumn> value_columns(const Json& unit, bool shorten) {
    std::vector<ValueColumn> columns;
    for (const bool of_set : {false, true}) {
        for (const Json& info : member(unit, of_set ? "set_values" : "values")) {
            const std::string name = text_of(info, "name");
            std::string title = shorten ? without_prefix(name, text_of(unit, "label")) : name;
            if (flag_of(unit, "imported", false)) title += kImported;
            columns.push_back({name,
                               {.title = title,
                                .measure = text_of(info, "unit"),
                                .direction = direction_of(info),
                                .summary = text_of(info, "summary"),
                                .name = name,
                                .unit = text_of(unit, "label"),
                                .of_set = of_set},
                               decimals_of(info),
                               of_set});
        }
    }
    return columns;
}

}  // namespace

std::vector<ValueGroup> value_groups(const Json& report) {
    std::vector<ValueGroup> groups;
    ValueGroup metrics{"Metrics", {}};
    for (const Json& unit : member(report, "units")) {
        if (!flag_of(unit, "available", true)) continue;
        const bool task = text_of(unit, "kind") == "task";
        auto columns = value_columns(unit, task);
        if (columns.empty()) continue;
        if (task) {
            groups.push_back({"Task: " + text_of(unit, "label"), {std::move(columns)}});
        } else {
            metrics.units.push_back(std::move(columns));
        }
    }
    if (!metrics.units.empty()) groups.insert(groups.begin(), std::move(metrics));
    return groups;
}

std::vector<std::vector<ValueColumn>> parts_of(const ValueGroup& group, size_t most) {
    std::vector<std::vector<ValueColumn>> parts(1);
    for (const auto& unit : group.units) {
        if (most > 0 && !parts.back().empty() && parts.back().size() + unit.size() > most) parts.emplace_back();
        for (const auto& column : unit) {
            if (most > 0 && parts.back().size() == most) parts.emplace_back();
            parts.back().push_back(column);
        }
    }
    return parts;
}

std::string part_title(const std::string& title, size_t part, size_t parts) {
    return parts > 1 ? fmt::format("{} ({} of {})", title, part + 1, parts) : title;
}

}  // namespace bfr

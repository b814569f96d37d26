#include "reports/ablation_report.h"

#include <atomic>
#include <functional>

#include "reports/pipeline.h"

namespace bfr {
namespace {

// One difference to compute, and where it goes.
struct Comparison {
    const RecordColumn* column;
    const RecordColumn* baseline;
    const std::string* name;
    Json difference;
    Json* target;
};

const RecordColumn* column_of(const std::vector<std::pair<std::string, RecordColumn>>& columns,
                              const std::string& label) {
    for (const auto& [name, column] : columns) {
        if (name == label) return &column;
    }
    return nullptr;
}

const Json* row_of(const Json& rows, const std::string& label) {
    for (const Json& row : rows) {
        if (row.at("method") == label) return &row;
    }
    return nullptr;
}

// Of two values of whole sets there is a difference and nothing to draw an interval from.
Json set_values(const Json& row, const Json* baseline_row) {
    Json values = Json::object();
    for (const auto& [name, value] : row.at("set_values").items()) {
        Json difference;
        if (baseline_row && baseline_row->at("set_values").contains(name)) {
            const Json& other = baseline_row->at("set_values").at(name);
            if (value.at("value").is_number() && other.at("value").is_number())
                difference = value.at("value").get<double>() - other.at("value").get<double>();
        }
        values[name] = {{"value", value.at("value")}, {"difference", std::move(difference)}};
    }
    return values;
}

}  // namespace

Json ablation_section(const Json& ablations, const std::vector<std::pair<std::string, RecordColumn>>& columns,
                      const std::vector<std::string>& value_names, const Json& rows, uint64_t seed) {
    Json section = ablations;
    std::vector<Comparison> comparisons;
    for (Json& ablation : section) {
        const auto baseline_label = ablation.at("baseline").get<std::string>();
        const RecordColumn* baseline = column_of(columns, baseline_label);
        const Json* baseline_row = row_of(rows, baseline_label);
        for (Json& arm : ablation["arms"]) {
            const auto label = arm.at("method").get<std::string>();
            const RecordColumn* column = column_of(columns, label);
            const Json* row = row_of(rows, label);
            arm["available"] = column != nullptr;
            arm["values"] = Json::object();
            arm["set_values"] = Json::object();
            if (!column || !row) continue;
            const bool compared = baseline && label != baseline_label;
            for (const auto& name : value_names) {
                arm["values"][name] = {{"n", row->at("values").at(name).at("n")},
                                       {"mean", row->at("values").at(name).at("mean")},
                                       {"difference", nullptr}};
            }
            arm["set_values"] = set_values(*row, compared ? baseline_row : nullptr);
            if (!compared) continue;
            for (const auto& name : value_names)
                comparisons.push_back({column, baseline, &name, {}, &arm["values"][name]["difference"]});
        }
    }
    // The bootstraps are the work here: each is a pure function, so they may run side by side.
    const std::atomic<bool> never{false};
    run_pipeline(
        comparisons.size(), 0,
        [&](uint64_t i) {
            Comparison& one = comparisons[i];
            one.difference = difference_of_rows(*one.column, *one.baseline, *one.name, seed);
            return std::function<void()>();
        },
        never);
    for (Comparison& one : comparisons) *one.target = std::move(one.difference);
    return section;
}

}  // namespace bfr

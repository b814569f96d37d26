// Rows of a feature store that a test knows, and runs with a set metric that keeps some.
#pragma once

#include <string>
#include <vector>

#include "base/sha256.h"
#include "reports/feature_store.h"
#include "tests/reports/fakes.h"

namespace bfr::testing {

inline std::string picture(int i) { return sha256(std::string_view(std::to_string(i))); }

inline FeatureRow row(int i) { return {picture(i), {static_cast<float>(i), 0.5F, -1.0F}}; }

inline std::vector<float> read(const FeatureStore& store, std::vector<std::string> pictures) {
    const auto rows = store.rows(pictures);
    std::vector<float> values(static_cast<size_t>(rows->count() * rows->size()));
    rows->read(0, rows->count(), values.data());
    return values;
}

inline RunUnits set_units(FakeSetMetricOptions options = {}) {
    RunUnits units = usual_units();
    units.metrics.push_back(fake_set_metric(std::move(options)));
    return units;
}

inline const Json& drift_of(const Json& report, size_t row, const std::string& label = "drift") {
    return report.at("rows").at(row).at("set_values").at(label);
}

}  // namespace bfr::testing

// The report's "ablation": for each arm every value, and how it differs from the baseline's.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "reports/row_values.h"

namespace bfr {

// `ablations`: describe_ablations(). `columns`: the available methods' records by label. `value_names`: of all values
// of single samples. `rows`: the report's.
Json ablation_section(const Json& ablations, const std::vector<std::pair<std::string, RecordColumn>>& columns,
                      const std::vector<std::string>& value_names, const Json& rows, uint64_t seed);

}  // namespace bfr

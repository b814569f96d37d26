// The report's "comparison": every row against chosen ones, sample by sample.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "reports/row_values.h"

namespace bfr {

// The label of the row that `name` names: its label, with or without the marks behind it (vspbfr for
// vspbfr[compact-128]), the method's spec in any form, or what it is called by name=. `methods`: as described
// (reports/describe.h). UsageError, listing the rows, where that isn't one, or it isn't available.
std::string row_named(const std::string& name, const Json& methods, const std::string& purpose = "row to compare with");

// For each of `against` (row_named()) every row's difference from it. The other arguments are ablation_section()'s.
Json comparison_section(const std::vector<std::string>& against, const Json& methods,
                        const std::vector<std::pair<std::string, RecordColumn>>& columns,
                        const std::vector<std::string>& value_names, const Json& rows, uint64_t seed);

}  // namespace bfr

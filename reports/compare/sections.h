// Parts of a comparison (reports/compare/compare.h) that are over all of its rows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "reports/compare/gates.h"
#include "reports/compare/sources.h"

namespace bfr {

// Of the reports' values, and of `failed` and `n` of a row.
std::vector<Gate> gates_of(const std::vector<std::string>& conditions, const std::vector<ComparedReport>& reports);

// For each gate and row: "holds", or null and the "reason" why it can't be evaluated. `comparisons`: of each row but
// the baseline; values of single samples are their means over the pairs.
Json gates_section(const std::vector<Gate>& gates, const std::vector<ComparedReport>& reports, const Compared& all,
                   const Json& comparisons);

// rank_rows() over the samples that have all values in all rows. A value that a whole row lacks is "left_out".
Json ranks_section(const Compared& all, uint64_t seed);

}  // namespace bfr

// Two rows' values on the same samples.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "reports/compare/sources.h"

namespace bfr {

// Of one value: the means over the pairs, difference_of_rows(), the tests of reports/compare/paired_tests.h, wins, the
// `pictures` with the largest gain and loss, and the samples of both rows that are no pair, with the reason. "p_holm"
// and "verdict" are left to judge().
Json compare_pairs(const Compared& all, const ComparedRow& row, const ComparedRow& baseline, const ComparedValue& value,
                   uint64_t seed, size_t pictures);

// Holm's correction over all of `values` (compare_pairs()) that have a p, and each one's verdict: "better" or "worse"
// ("higher" or "lower" of a value of which neither is better) where the interval of the mean difference leaves 0 out,
// p_holm is below 0.05, the signed ranks lie on the same side as the mean, and it is of kFewest samples, or groups
// where those are drawn, at least; else "not shown". Returns how many tests there were.
uint64_t judge(const std::vector<std::pair<Json*, Direction>>& values);

inline constexpr double kSignificance = 0.05;

}  // namespace bfr

// Rows ranked by the means of several values, and how sure that is. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/statistics.h"
#include "base/unit.h"

namespace bfr {

// Samples that have every value in every row.
struct RankedSamples {
    std::vector<Direction> directions;  // of the values; not kNone
    size_t rows = 0;
    std::vector<std::vector<double>> samples;  // of each, value by value the numbers of all rows
    std::vector<std::string> groups;           // of each sample; empty: of nobody
};

struct RowRank {
    std::vector<double> ranks;         // by the mean of each value: 1 is the best, equal means share their mean rank
    double mean_rank = 0;              // over the values
    std::optional<Interval> interval;  // of mean_rank; absent for fewer than two samples or groups
    std::optional<double> first;  // share of the resamples in which no row has a better mean rank; equal ones share
};

// Percentile bootstrap (base/statistics.h): a resample draws whole groups, and samples that have none, once for all rows
// and values. The draws depend on the seed alone. Not of no samples.
std::vector<RowRank> rank_rows(const RankedSamples& all, uint64_t seed);

}  // namespace bfr

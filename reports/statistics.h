// Aggregates of a value over the samples of a row. Pure functions: sums run in the order given (that of the ids).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/statistics.h"

namespace bfr {

// One sample's value, and whom it belongs to (empty: to nobody).
struct Observation {
    double value = 0;
    std::string group;
};

struct Summary {
    uint64_t n = 0;
    std::optional<double> mean, std, median, min, max;  // std: sample deviation (n - 1)
    std::optional<Interval> interval;                   // of the mean; absent for fewer than two samples or groups
};

// What a resample draws as one, as places in `groups`, each sample's group: all samples of a group, the groups in the
// order of their names; behind them each sample whose group is empty, by itself.
std::vector<std::vector<size_t>> drawn_as_one(std::span<const std::string_view> groups);

// Percentile bootstrap of the mean: kResamples resamples, drawn by (seed, name) alone. Whole groups are drawn (cluster
// bootstrap: the mean is over all samples of the drawn groups), and samples without a group, each by itself.
std::optional<Interval> bootstrap_interval(std::span<const Observation> observations, uint64_t seed,
                                           std::string_view name);

// bootstrap_interval() of each series, bit for bit. Those of as many samples (or groups) share their draws, which are
// made once: most of the time is theirs.
std::vector<std::optional<Interval>> bootstrap_intervals(std::span<const std::vector<Observation>> series,
                                                         uint64_t seed, std::string_view name);

Summary summarise(std::span<const Observation> observations, uint64_t seed, std::string_view name);

}  // namespace bfr

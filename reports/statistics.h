// Aggregates of a value over the samples of a row. Pure functions: sums run in the order given (that of the ids).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bfr {

inline constexpr int kResamples = 1000;
inline constexpr double kLevel = 0.95;

// One sample's value, and whom it belongs to (empty: to nobody).
struct Observation {
    double value = 0;
    std::string group;
};

struct Interval {
    double low = 0, high = 0;
    std::optional<uint64_t> clusters;  // how many groups were drawn from; absent where samples were
};

struct Summary {
    uint64_t n = 0;
    std::optional<double> mean, std, median, min, max;  // std: sample deviation (n - 1)
    std::optional<Interval> interval;                   // of the mean; absent for fewer than two samples or groups
};

double mean(std::span<const double> values);                             // not of nothing
std::optional<double> sample_deviation(std::span<const double> values);  // absent for fewer than two
double quantile(std::vector<double> values, double at);  // linear between order statistics, `at` in [0, 1]

// Percentile bootstrap of the mean: kResamples resamples, drawn by (seed, name) alone. Samples are drawn; or, where
// every one has a group, whole groups (cluster bootstrap: the mean is over all samples of the drawn groups).
std::optional<Interval> bootstrap_interval(std::span<const Observation> observations, uint64_t seed,
                                           std::string_view name);

Summary summarise(std::span<const Observation> observations, uint64_t seed, std::string_view name);

}  // namespace bfr

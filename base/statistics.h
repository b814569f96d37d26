// Sums over numbers that more than one layer needs. Pure functions; sums run in the order given.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace bfr {

// Of every bootstrap interval of the program.
inline constexpr int kResamples = 1000;
inline constexpr double kLevel = 0.95;

// Samples, or groups where those are drawn, of which a percentile bootstrap is not plainly too narrow.
inline constexpr uint64_t kFewest = 10;

struct Interval {
    double low = 0, high = 0;
    std::optional<uint64_t> clusters;  // how many groups were drawn from; absent where samples were
};

double mean(std::span<const double> values);                             // not of nothing
std::optional<double> sample_deviation(std::span<const double> values);  // absent for fewer than two
double quantile(std::vector<double> values, double at);  // linear between order statistics, `at` in [0, 1]

// The middle kLevel of what a bootstrap's resamples gave; not of nothing.
Interval percentile_interval(std::vector<double> resampled, std::optional<uint64_t> clusters);

}  // namespace bfr

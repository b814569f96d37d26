#include "base/statistics.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace bfr {

double mean(std::span<const double> values) {
    BFR_CHECK(!values.empty(), "the mean of nothing");
    double sum = 0;
    for (const double value : values) sum += value;
    return sum / static_cast<double>(values.size());
}

std::optional<double> sample_deviation(std::span<const double> values) {
    if (values.size() < 2) return std::nullopt;
    const double centre = mean(values);
    double squares = 0;
    for (const double value : values) squares += (value - centre) * (value - centre);
    return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

double quantile(std::vector<double> values, double at) {
    BFR_CHECK(!values.empty() && at >= 0 && at <= 1, "quantile {} of {} values", at, values.size());
    std::sort(values.begin(), values.end());
    const double place = at * static_cast<double>(values.size() - 1);
    const auto below = static_cast<size_t>(place);
    const size_t above = std::min(below + 1, values.size() - 1);
    return values[below] + (values[above] - values[below]) * (place - static_cast<double>(below));
}

Interval percentile_interval(std::vector<double> resampled, std::optional<uint64_t> clusters) {
    const double tail = (1 - kLevel) / 2;
    return {quantile(resampled, tail), quantile(resampled, 1 - tail), clusters};
}

}  // namespace bfr

#include "downstream/class_agreement.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"

namespace bfr {

double js_divergence_bits(std::span<const float> p, std::span<const float> q) {
    const double p_sum = std::accumulate(p.begin(), p.end(), 0.0);
    const double q_sum = std::accumulate(q.begin(), q.end(), 0.0);
    BFR_CHECK(p.size() == q.size() && p_sum > 0 && q_sum > 0, "{} and {} classes, sums {} and {}", p.size(), q.size(),
              p_sum, q_sum);
    double bits = 0;
    for (size_t i = 0; i < p.size(); i++) {
        const double a = p[i] / p_sum, b = q[i] / q_sum;
        const double middle = (a + b) / 2;
        if (a > 0) bits += a / 2 * std::log2(a / middle);
        if (b > 0) bits += b / 2 * std::log2(b / middle);
    }
    return std::clamp(bits, 0.0, 1.0);  // rounding alone leaves that range
}

size_t most_likely(std::span<const float> probabilities) {
    return static_cast<size_t>(std::ranges::max_element(probabilities) - probabilities.begin());
}

uint64_t ConfusionMatrix::total() const {
    uint64_t sum = 0;
    for (const auto& line : counts_) sum = std::accumulate(line.begin(), line.end(), sum);
    return sum;
}

uint64_t ConfusionMatrix::diagonal() const {
    uint64_t sum = 0;
    for (size_t i = 0; i < counts_.size(); i++) sum += counts_[i][i];
    return sum;
}

}  // namespace bfr

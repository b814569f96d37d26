#include "reports/compare/paired_tests.h"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <numeric>

#include "base/statistics.h"

namespace bfr {
namespace {

constexpr size_t kMostExact = 50;        // without zeros and ties
constexpr size_t kMostExactOfTied = 13;  // zeros counted

struct Ranked {
    std::vector<uint64_t> doubled;  // twice each rank, a whole number also where two share one
    double tie_term = 0;            // sum over sets of equal ones of t^3 - t
};

Ranked rank(std::vector<double> sizes) {
    std::ranges::sort(sizes);
    Ranked ranked;
    for (size_t begin = 0; begin < sizes.size();) {
        size_t end = begin;
        while (end < sizes.size() && sizes[end] == sizes[begin]) end++;
        const auto equal = static_cast<double>(end - begin);
        ranked.tie_term += equal * equal * equal - equal;
        ranked.doubled.insert(ranked.doubled.end(), end - begin, begin + 1 + end);
        begin = end;
    }
    return ranked;
}

// Of all assignments of signs, which are equally likely where nothing differs: the share with a sum of positive ranks
// as far out as `observed` or further, on the side where there are fewer; twice, at most 1.
double exact_p(const std::vector<uint64_t>& doubled, uint64_t observed) {
    const uint64_t total = std::accumulate(doubled.begin(), doubled.end(), uint64_t{0});
    std::vector<double> share(total + 1, 0);  // of the assignments that have this sum
    share[0] = 1;
    uint64_t reached = 0;
    for (const uint64_t rank : doubled) {
        reached += rank;
        for (uint64_t sum = reached + 1; sum-- > 0;)
            share[sum] = (share[sum] + (sum >= rank ? share[sum - rank] : 0)) / 2;
    }
    const auto at = share.begin() + static_cast<std::ptrdiff_t>(observed);
    const double below = std::accumulate(share.begin(), at + 1, 0.0), above = std::accumulate(at, share.end(), 0.0);
    return std::min(1.0, 2 * std::min(below, above));
}

double normal_p(double positive, double n, double tie_term) {
    const double mean = n * (n + 1) / 4;
    const double deviation = std::sqrt((n * (n + 1) * (2 * n + 1) - tie_term / 2) / 24);
    const double z = std::abs(positive - mean) / deviation;
    return 2 * boost::math::cdf(boost::math::complement(boost::math::normal(), z));
}

}  // namespace

std::optional<double> SignedRanks::rank_biserial() const {
    if (n == 0) return std::nullopt;
    return (positive - negative) / (positive + negative);
}

SignedRanks signed_ranks(std::span<const double> differences) {
    SignedRanks result;
    std::vector<double> sizes;
    for (const double difference : differences)
        if (difference != 0) sizes.push_back(std::abs(difference));
    result.n = sizes.size();
    result.zeros = differences.size() - sizes.size();
    if (sizes.empty()) return result;
    const Ranked ranked = rank(sizes);
    std::ranges::sort(sizes);
    uint64_t positive = 0, all = 0;
    for (const uint64_t one : ranked.doubled) all += one;
    for (const double difference : differences) {
        if (difference <= 0) continue;
        const auto place = std::ranges::lower_bound(sizes, difference) - sizes.begin();
        positive += ranked.doubled[static_cast<size_t>(place)];
    }
    result.positive = static_cast<double>(positive) / 2;
    result.negative = static_cast<double>(all - positive) / 2;
    const bool plain = result.zeros == 0 && ranked.tie_term == 0;
    result.exact = differences.size() <= (plain ? kMostExact : kMostExactOfTied);
    result.p = result.exact ? exact_p(ranked.doubled, positive)
                            : normal_p(result.positive, static_cast<double>(result.n), ranked.tie_term);
    return result;
}

std::vector<double> holm(std::span<const double> p) {
    std::vector<size_t> order(p.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::ranges::stable_sort(order, {}, [&](size_t i) { return p[i]; });
    std::vector<double> corrected(p.size());
    double most = 0;
    for (size_t step = 0; step < order.size(); step++) {
        most = std::max(most, std::min(1.0, static_cast<double>(p.size() - step) * p[order[step]]));
        corrected[order[step]] = most;
    }
    return corrected;
}

std::optional<double> cohens_dz(std::span<const double> differences) {
    const auto deviation = sample_deviation(differences);
    if (!deviation || *deviation == 0) return std::nullopt;
    return mean(differences) / *deviation;
}

}  // namespace bfr

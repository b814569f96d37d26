#include "downstream/verification_scores.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/random.h"

namespace bfr {
namespace {

constexpr uint64_t kSeed = 1;  // of the intervals: a report that is rebuilt has no other to take

// How often a pair of one person lies at a distance, and how often one of two people.
struct Counts {
    int64_t same = 0, other = 0;
};

// The first of the thresholds that are right most often. `counts` by distance.
double best_threshold(const std::map<double, Counts>& counts) {
    int64_t others = 0;
    for (const auto& [distance, count] : counts) others += count.other;
    int64_t right = others, most = right;  // nothing accepted
    double best = kAcceptsNothing;
    for (auto at = counts.begin(); at != counts.end(); ++at) {
        right += at->second.same - at->second.other;
        if (right <= most) continue;
        most = right;
        const auto next = std::next(at);
        best = next == counts.end() ? at->first : at->first + (next->first - at->first) / 2;
    }
    return best;
}

void count(std::map<double, Counts>& counts, const Comparison& one, int64_t times) {
    const auto at = counts.try_emplace(one.distance).first;
    (one.same ? at->second.same : at->second.other) += times;
    if (at->second.same == 0 && at->second.other == 0) counts.erase(at);
}

}  // namespace

std::optional<Roc> roc_of(std::span<const Comparison> comparisons, std::span<const double> weights) {
    BFR_CHECK(weights.empty() || weights.size() == comparisons.size(), "{} weights of {} comparisons", weights.size(),
              comparisons.size());
    const auto weight = [&](size_t i) { return weights.empty() ? 1.0 : weights[i]; };
    double same = 0, other = 0;
    for (size_t i = 0; i < comparisons.size(); i++) (comparisons[i].same ? same : other) += weight(i);
    if (same == 0 || other == 0) return std::nullopt;
    Roc roc{{kAcceptsNothing}, {0}, {0}};
    double accepted_same = 0, accepted_other = 0;
    for (size_t i = 0; i < comparisons.size(); i++) {
        (comparisons[i].same ? accepted_same : accepted_other) += weight(i);
        if (i + 1 < comparisons.size() && comparisons[i + 1].distance == comparisons[i].distance) continue;
        roc.thresholds.push_back(comparisons[i].distance);
        roc.far.push_back(accepted_other / other);
        roc.tar.push_back(accepted_same / same);
    }
    return roc;
}

double area_under(const Roc& roc) {
    double area = 0;
    for (size_t i = 1; i < roc.far.size(); i++) {
        area += (roc.far[i] - roc.far[i - 1]) * (roc.tar[i] + roc.tar[i - 1]) / 2;
    }
    return area;
}

double equal_error_rate(const Roc& roc) {
    // FAR - FRR rises from -1 to 1 along the points.
    const auto excess = [&](size_t i) { return roc.far[i] - (1 - roc.tar[i]); };
    size_t i = 1;
    while (excess(i) < 0) i++;
    const double before = excess(i - 1), step = excess(i) - before;
    const double share = step > 0 ? -before / step : 0;
    return roc.far[i - 1] + share * (roc.far[i] - roc.far[i - 1]);
}

double tar_at_far(const Roc& roc, double far) {
    const auto past = std::ranges::upper_bound(roc.far, far);
    return roc.tar[static_cast<size_t>(past - roc.far.begin()) - 1];  // the first point has FAR 0
}

std::vector<std::optional<FoldResult>> judge_folds(std::span<const Comparison> comparisons, size_t folds) {
    std::vector<std::vector<const Comparison*>> members(folds);
    std::map<double, Counts> counts;
    for (const auto& one : comparisons) {
        members.at(one.fold).push_back(&one);
        count(counts, one, 1);
    }
    std::vector<std::optional<FoldResult>> results(folds);
    for (size_t fold = 0; fold < folds; fold++) {
        if (members[fold].empty() || members[fold].size() == comparisons.size()) continue;
        for (const auto* one : members[fold]) count(counts, *one, -1);
        FoldResult result{members[fold].size(), 0, best_threshold(counts)};
        for (const auto* one : members[fold]) {
            result.right += (one->distance <= result.threshold) == one->same ? 1 : 0;
            count(counts, *one, 1);
        }
        results[fold] = result;
    }
    return results;
}

std::optional<RocIntervals> bootstrap_people(std::span<const Comparison> comparisons, double far,
                                             std::string_view name) {
    std::map<size_t, size_t> index;  // people who are compared, in the order of their numbers
    for (const auto& one : comparisons) index.emplace(one.people[0], 0), index.emplace(one.people[1], 0);
    size_t people = 0;
    for (auto& [person, at] : index) at = people++;
    if (people < 2) return std::nullopt;
    std::vector<std::pair<size_t, size_t>> places;
    for (const auto& one : comparisons) places.emplace_back(index.at(one.people[0]), index.at(one.people[1]));

    const Draw draw(kSeed, name, "verification people");
    std::vector<double> areas, rates, tars, drawn(people), weights(comparisons.size());
    uint64_t element = 0;
    for (int r = 0; r < kResamples; r++) {
        std::ranges::fill(drawn, 0);
        for (size_t i = 0; i < people; i++) drawn[draw.integer(element++, people)]++;
        for (size_t i = 0; i < comparisons.size(); i++) {
            const auto [a, b] = places[i];
            weights[i] = comparisons[i].same ? drawn[a] : drawn[a] * drawn[b];
        }
        const auto roc = roc_of(comparisons, weights);
        if (!roc) continue;
        areas.push_back(area_under(*roc));
        rates.push_back(equal_error_rate(*roc));
        tars.push_back(tar_at_far(*roc, far));
    }
    if (areas.empty()) return std::nullopt;
    return RocIntervals{percentile_interval(std::move(areas), people), percentile_interval(std::move(rates), people),
                        percentile_interval(std::move(tars), people)};
}

}  // namespace bfr

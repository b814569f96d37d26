#include "reports/compare/pairs.h"

#include <algorithm>

#include "base/statistics.h"
#include "reports/compare/paired_tests.h"
#include "reports/json_values.h"
#include "reports/read.h"
#include "reports/row_values.h"

namespace bfr {
namespace {

Score score_of(const Record& record, const std::string& name) {
    for (const auto& [value, score] : record.values)
        if (value == name) return score;
    return Score::none(record.restored ? "the report has no number of it" : "not restored");
}

struct Pair {
    const std::string* sample;
    double row, baseline;
    double difference() const { return row - baseline; }
};

Json mean_of(const std::vector<Pair>& pairs, double Pair::*member) {
    if (pairs.empty()) return {};
    double sum = 0;
    for (const Pair& pair : pairs) sum += pair.*member;
    return number_or_null(sum / static_cast<double>(pairs.size()));
}

Json wilcoxon_json(const SignedRanks& ranks) {
    if (!ranks.p) return {};
    return {{"nonzero", ranks.n},
            {"zeros", ranks.zeros},
            {"positive_ranks", ranks.positive},
            {"negative_ranks", ranks.negative},
            {"distribution", ranks.exact ? "exact" : "normal"},
            {"p", *ranks.p}};
}

// `sign`: 1 where more is better, -1 where less is.
Json wins(const std::vector<Pair>& pairs, double sign) {
    if (pairs.empty()) return {};
    uint64_t better = 0, equal = 0;
    for (const Pair& pair : pairs) {
        better += sign * pair.difference() > 0 ? 1 : 0;
        equal += pair.difference() == 0 ? 1 : 0;
    }
    const auto n = static_cast<double>(pairs.size());
    return {{"better", better},
            {"equal", equal},
            {"worse", pairs.size() - better - equal},
            {"rate", (static_cast<double>(better) + static_cast<double>(equal) / 2) / n}};
}

Json extremes(std::vector<Pair> pairs, double sign, size_t most) {
    std::ranges::stable_sort(pairs, std::ranges::greater(), [&](const Pair& pair) { return sign * pair.difference(); });
    Json found = Json::array();
    for (const Pair& pair : pairs) {
        if (found.size() == most || !(sign * pair.difference() > 0)) break;
        found.push_back({{"sample", *pair.sample},
                         {"row", pair.row},
                         {"baseline", pair.baseline},
                         {"difference", number_or_null(pair.difference())}});
    }
    return found;
}

std::string verdict_of(const Json& value, Direction direction) {
    const Json& interval = member(value, "interval");
    const auto low = number_of(interval, "low"), high = number_of(interval, "high");
    const auto mean = number_of(value, "mean"), p = number_of(value, "p_holm"), r = number_of(value, "rank_biserial");
    const uint64_t clusters = count_of(interval, "clusters");
    const uint64_t drawn = clusters > 0 ? clusters : count_of(value, "n");
    const bool shown = low && high && mean && p && r && (*low > 0 || *high < 0) && *p < kSignificance &&
                       (*mean > 0) == (*r > 0) && *r != 0 && drawn >= kFewest;
    if (!shown) return "not shown";
    if (direction == Direction::kNone) return *mean > 0 ? "higher" : "lower";
    return (*mean > 0) == (direction == Direction::kHigherIsBetter) ? "better" : "worse";
}

}  // namespace

Json compare_pairs(const Compared& all, const ComparedRow& row, const ComparedRow& baseline, const ComparedValue& value,
                   uint64_t seed, size_t pictures) {
    std::vector<Pair> pairs;
    std::vector<double> differences;
    Json unpaired = Json::array();
    for (size_t i = 0; i < all.ids.size(); i++) {
        if (!row.column[i] || !baseline.column[i]) continue;
        const Score mine = score_of(*row.column[i], value.info.name),
                    theirs = score_of(*baseline.column[i], value.info.name);
        if (mine.value && theirs.value) {
            pairs.push_back({&all.ids[i], *mine.value, *theirs.value});
            differences.push_back(pairs.back().difference());
        } else {
            unpaired.push_back({{"sample", all.ids[i]},
                                {"row", mine.value ? Json() : Json(mine.reason)},
                                {"baseline", theirs.value ? Json() : Json(theirs.reason)}});
        }
    }
    const Json difference = difference_of_rows(row.column, baseline.column, value.info.name, seed);
    const SignedRanks ranks = signed_ranks(differences);
    const bool has_direction = value.info.direction != Direction::kNone;
    const double sign = value.info.direction == Direction::kLowerIsBetter ? -1 : 1;
    return {{"n", pairs.size()},
            {"row_mean", mean_of(pairs, &Pair::row)},
            {"baseline_mean", mean_of(pairs, &Pair::baseline)},
            {"mean", difference.at("mean")},
            {"std", difference.at("std")},
            {"median", difference.at("median")},
            {"interval", difference.at("interval")},
            {"wilcoxon", wilcoxon_json(ranks)},
            {"p_holm", nullptr},
            {"rank_biserial", number_or_null(ranks.rank_biserial())},
            {"cohens_dz", number_or_null(cohens_dz(differences))},
            {"wins", has_direction ? wins(pairs, sign) : Json()},
            {"verdict", nullptr},
            {"gains", extremes(pairs, sign, pictures)},
            {"losses", extremes(pairs, -sign, pictures)},
            {"samples_sha256", difference.at("samples_sha256")},
            {"unpaired", std::move(unpaired)}};
}

uint64_t judge(const std::vector<std::pair<Json*, Direction>>& values) {
    std::vector<double> p;
    std::vector<Json*> tested;
    for (const auto& [value, direction] : values) {
        if (const auto one = number_of(member(*value, "wilcoxon"), "p")) {
            p.push_back(*one);
            tested.push_back(value);
        }
    }
    const std::vector<double> corrected = holm(p);
    for (size_t i = 0; i < tested.size(); i++) (*tested[i])["p_holm"] = corrected[i];
    for (const auto& [value, direction] : values)
        if (count_of(*value, "n") > 0) (*value)["verdict"] = verdict_of(*value, direction);
    return tested.size();
}

}  // namespace bfr

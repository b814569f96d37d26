#include "downstream/verification_protocol.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/files.h"

namespace bfr {
namespace {

struct FoldSummary {
    Score accuracy = Score::none(""), standard_error = accuracy, failures_wrong = accuracy;
    Json details = Json::array();
};

FoldSummary summarise_folds(const Comparisons& all, std::span<const std::string> folds) {
    FoldSummary summary;
    const auto results = judge_folds(all.comparisons, folds.size());
    std::vector<double> accuracies, with_failures;
    for (size_t fold = 0; fold < folds.size(); fold++) {
        const auto found = all.failed_of_fold.find(fold);
        const uint64_t failed = found == all.failed_of_fold.end() ? 0 : found->second;
        const FoldResult result = results[fold].value_or(FoldResult{});
        const auto right = static_cast<double>(result.right);
        if (results[fold]) accuracies.push_back(right / static_cast<double>(result.pairs));
        if (results[fold] || failed > 0) with_failures.push_back(right / static_cast<double>(result.pairs + failed));
        summary.details.push_back({{"fold", folds[fold]},
                                   {"pairs", result.pairs},
                                   {"right", result.right},
                                   {"failed", failed},
                                   {"threshold", results[fold] ? Json(result.threshold) : Json()}});
    }
    if (accuracies.empty()) {
        const auto none = Score::none("all pairs are in one fold: there is no other to choose the threshold on");
        summary.accuracy = summary.standard_error = summary.failures_wrong = none;
        return summary;
    }
    summary.accuracy = mean(accuracies);
    summary.failures_wrong = mean(with_failures);
    const auto deviation = sample_deviation(accuracies);
    summary.standard_error = deviation ? Score(*deviation / std::sqrt(static_cast<double>(accuracies.size())))
                                       : Score::none("there is one fold only");
    return summary;
}

// At no false acceptance, and at ten rates a decade from kFar to 1.
Json curve_of(const Roc& roc) {
    std::vector<double> rates = {0};
    constexpr int kADecade = 10;
    const int steps = static_cast<int>(std::lround(-std::log10(kFar) * kADecade));
    for (int i = 0; i <= steps; i++) {
        rates.push_back(std::pow(10.0, static_cast<double>(i - steps) / kADecade));
    }
    Json far = Json::array(), tar = Json::array();
    for (const double rate : rates) {
        far.push_back(rate);
        tar.push_back(tar_at_far(roc, rate));
    }
    return {{"far", far}, {"tar", tar}};
}

const char* kNoKind = "a rate needs computed pairs of one person and of two";

}  // namespace

std::string people_in_two_folds(std::span<const Comparison> comparisons, std::span<const std::string> people,
                                std::span<const std::string> folds) {
    std::map<size_t, std::pair<size_t, size_t>> range;  // lowest and highest fold of a person
    for (const auto& one : comparisons) {
        for (const size_t person : one.people) {
            auto& [low, high] = range.try_emplace(person, one.fold, one.fold).first->second;
            low = std::min(low, one.fold);
            high = std::max(high, one.fold);
        }
    }
    for (const auto& [person, of_person] : range) {
        if (of_person.first == of_person.second) continue;
        return fmt::format("{} is in folds {} and {}", printable(people[person]), printable(folds[of_person.first]),
                           printable(folds[of_person.second]));
    }
    return "";
}

void add_value_infos(const Protocol& protocol, const std::string& label, std::vector<ValueInfo>& infos) {
    const auto add = [&](const char* name, Direction direction, const char* summary, int decimals = 4) {
        infos.push_back({label + "." + protocol.prefix + name, "", direction,
                         fmt::format("{} ({})", summary, protocol.what), decimals});
    };
    const Direction up = Direction::kHigherIsBetter, down = Direction::kLowerIsBetter, none = Direction::kNone;
    add("accuracy", up, "share of computed pairs told right by the other folds' threshold, mean over the folds");
    if (protocol.main) {
        add("accuracy_se", none, "standard error of accuracy over the folds");
        add("accuracy_failures_wrong", up, "accuracy with pairs that can't be computed counted as wrong");
    }
    add("auc", up, "area under the ROC curve");
    add("eer", down, "equal error rate");
    add("tar_at_far_1e-3", up, "true acceptance rate at a false acceptance rate of at most 0.001");
    if (protocol.main) {
        add("pairs", none, "pairs that were computed", 0);
        add("pairs_failed", down, "pairs of the run's samples that could not be computed", 0);
    }
}

ProtocolResult judge(const Comparisons& all, std::span<const std::string> folds, const Protocol& protocol,
                     const std::string& label) {
    uint64_t failed = 0;
    for (const auto& [fold, count] : all.failed_of_fold) failed += count;
    auto sorted = all.comparisons;
    std::ranges::stable_sort(sorted, {}, &Comparison::distance);

    FoldSummary of_folds = summarise_folds(all, folds);
    Score area = Score::none(kNoKind), equal = area, tar = area;
    std::optional<RocIntervals> intervals;
    const auto roc = all.groups_against_pairs.empty() ? roc_of(sorted) : std::nullopt;
    const auto others = static_cast<double>(std::ranges::count(sorted, false, &Comparison::same));
    const bool resolved = others * kFar >= 1;
    if (roc) {
        intervals = bootstrap_people(sorted, kFar, label + "." + protocol.name);
        area = area_under(*roc);
        equal = equal_error_rate(*roc);
        tar = resolved
                  ? Score(tar_at_far(*roc, kFar))
                  : Score::none(fmt::format("{} of two people {} a rate of {}",
                                            others == 1 ? "1 computed pair" : fmt::format("{} computed pairs", others),
                                            others == 1 ? "doesn't resolve" : "don't resolve", kFar));
    }
    if (!all.people_in_two_folds.empty()) {
        const auto none = Score::none("the folds are not of different people: " + all.people_in_two_folds);
        of_folds.accuracy = of_folds.standard_error = of_folds.failures_wrong = none;
    }
    if (!all.groups_against_pairs.empty()) {
        area = equal = tar = Score::none("the samples' groups contradict the pairs: " + all.groups_against_pairs);
        of_folds.accuracy = of_folds.standard_error = of_folds.failures_wrong = area;
    }
    if (sorted.empty()) {
        std::string why = "no pair could be computed";
        if (all.not_in_run > 0) {
            why += fmt::format("; {} of them name a sample that the run doesn't have, such as {}", all.not_in_run,
                               printable(all.example_not_in_run));
        }
        of_folds.accuracy = of_folds.standard_error = of_folds.failures_wrong = Score::none(why);
        area = equal = tar = Score::none(why);
    }

    ProtocolResult result;
    std::vector<ValueInfo> infos;
    add_value_infos(protocol, label, infos);
    const auto add = [&](Score score, const std::optional<Interval>& interval = {}) {
        const size_t at = result.values.size();
        result.values.push_back({infos.at(at), std::move(score), {}, interval});
    };
    add(of_folds.accuracy);
    if (protocol.main) {
        add(of_folds.standard_error);
        add(of_folds.failures_wrong);
    }
    const auto interval = [&](const Interval& one) { return std::optional(one); };
    add(area, intervals ? interval(intervals->area) : std::nullopt);
    add(equal, intervals ? interval(intervals->equal_error_rate) : std::nullopt);
    add(tar, intervals && resolved ? interval(intervals->tar) : std::nullopt);
    if (protocol.main) {
        add(static_cast<double>(sorted.size()));
        add(static_cast<double>(failed));
    }
    BFR_CHECK(result.values.size() == infos.size(), "{} values, {} described", result.values.size(), infos.size());

    const auto or_null = [](const Score& score) { return score.value ? Json(*score.value) : Json(); };
    result.details = {{"pairs", sorted.size()},
                      {"pairs_of_one_person", sorted.size() - static_cast<size_t>(others)},
                      {"failed", failed},
                      {"failed_reasons", all.reasons},
                      {"not_in_run", all.not_in_run},
                      {"accuracy", or_null(of_folds.accuracy)},
                      {"accuracy_se", or_null(of_folds.standard_error)},
                      {"accuracy_failures_wrong", or_null(of_folds.failures_wrong)},
                      {"folds", std::move(of_folds.details)}};
    if (roc) result.details["roc"] = curve_of(*roc);
    return result;
}

}  // namespace bfr

// Arithmetic of face verification on distances of pairs: a pair is accepted as one person where its distance is at most
// a threshold. Knows no pictures.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/statistics.h"

namespace bfr {

struct Comparison {
    double distance = 0;  // finite, at least 0
    bool same = false;
    size_t fold = 0;
    size_t people[2] = {0, 0};  // whoever is on the two pictures; equal for `same`
};

// The operating points of a set of comparisons, the strictest first: nothing accepted, then everything up to each
// distinct distance (equal distances are accepted together), so that the last one accepts all.
struct Roc {
    std::vector<double> thresholds;  // kAcceptsNothing, then the distances
    std::vector<double> far, tar;    // shares of the comparisons of two people, and of one, that are accepted
};
inline constexpr double kAcceptsNothing = -1;

// Each comparison counts `weights[i]` times, or once where there are no weights. None where either kind is lacking.
// `comparisons` sorted by distance.
std::optional<Roc> roc_of(std::span<const Comparison> comparisons, std::span<const double> weights = {});

// Under the polyline through the operating points: the chance that a pair of one person is nearer than one of two, ties
// counted half.
double area_under(const Roc& roc);
// Where the polyline through the operating points has as many false acceptances as false rejections.
double equal_error_rate(const Roc& roc);
// Of the operating points whose FAR is at most `far`, the largest TAR: a step, nothing is interpolated.
double tar_at_far(const Roc& roc, double far);

struct FoldResult {
    uint64_t pairs = 0, right = 0;
    double threshold = 0;  // chosen on the other folds
};
// The protocol of LFW (Huang et al. 2007): each fold is judged by the threshold that is right most often on all other
// folds. Tried are kAcceptsNothing, the middles between neighbouring distinct distances, and the largest distance; of
// equally good ones the strictest is taken. None for folds without comparisons, and where no other fold has any.
std::vector<std::optional<FoldResult>> judge_folds(std::span<const Comparison> comparisons, size_t folds);

// Intervals over people: each resample draws as many people as there are, with replacement; a comparison of one person
// counts as often as that person was drawn, one of two as often as the product says. Resamples without comparisons of
// either kind are passed over. None where fewer than two people are there, or all resamples were passed over.
struct RocIntervals {
    Interval area, equal_error_rate, tar;
};
std::optional<RocIntervals> bootstrap_people(std::span<const Comparison> comparisons, double far,
                                             std::string_view name);

}  // namespace bfr

// Precision and recall of a set of pictures by nearest neighbours (Kynkaanniemi et al., arXiv 1904.06991). Source:
// toshas/torch-fidelity 0.4, metric_prc.py.
#pragma once

#include <vector>

#include "metrics/sets/rows.h"

namespace bfr {

// For each row the distance to its k-th nearest other row. More than k rows.
std::vector<double> neighbour_radii(const Rows& rows, int k);

// The share of `rows` that lie within the radius of some row of `others`.
double covered_share(const Rows& rows, const Rows& others, const std::vector<double>& radii_of_others);

struct PrecisionRecall {
    double precision = 0;  // restored pictures among the references
    double recall = 0;     // references among the restored pictures
};
PrecisionRecall precision_recall(const Rows& restored, const Rows& reference, int k);
// The same where the references' radii are known.
PrecisionRecall precision_recall(const Rows& restored, const Rows& reference, int k,
                                 const std::vector<double>& radii_of_reference);

}  // namespace bfr

// Tests of paired differences. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace bfr {

// Wilcoxon's signed-rank test, two-sided: whether the differences lie symmetrically about 0.
struct SignedRanks {
    uint64_t n = 0;      // differences other than 0; the test leaves those of 0 out
    uint64_t zeros = 0;  // those of 0
    // Sums of the ranks of |difference|, above 0 and below it; equal ones share the mean of their ranks.
    double positive = 0, negative = 0;
    bool exact = false;       // p is from all assignments of signs; else from the normal distribution
    std::optional<double> p;  // absent where all differences are 0, or there are none

    // Matched-pairs rank-biserial correlation (Kerby, "The simple difference formula", 2014), -1 to 1: above 0 where
    // the larger ranks are those of differences above 0. Absent where p is.
    std::optional<double> rank_biserial() const;
};

// As scipy.stats.wilcoxon(differences) of SciPy 1.17 with its defaults (zero_method="wilcox", method="auto", no
// continuity correction): exact for up to 50 differences of which none is 0 and no two are equal in size, and for up to
// 13 of any; else the normal approximation, its variance corrected for equal ones. Where all are 0, which SciPy answers
// with 1 for up to 13 and with nan for more, there is no p here. Differences are compared as they are: what rounding
// sets apart by one bit is not equal. `differences`: no NaN.
SignedRanks signed_ranks(std::span<const double> differences);

// Holm's step-down correction over all of `p`, in their order (Holm, "A simple sequentially rejective multiple test
// procedure", 1979): rejecting what is below a level makes any false rejection at most that likely.
std::vector<double> holm(std::span<const double> p);

// Cohen's d_z: the mean over the sample deviation. Absent for fewer than two, or where all are equal.
std::optional<double> cohens_dz(std::span<const double> differences);

}  // namespace bfr

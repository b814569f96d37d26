#include "downstream/landmark_errors.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace bfr {
namespace {

constexpr size_t kOuterEyeRight = 36, kOuterEyeLeft = 45;

double distance(const std::array<double, 2>& a, const std::array<double, 2>& b) {
    return std::hypot(a[0] - b[0], a[1] - b[1]);
}

double mean_distance(Points68 a, Points68 b, size_t begin, size_t end, std::span<const size_t> twice) {
    double sum = 0;
    for (size_t i = begin; i < end; i++) sum += distance(a[i], b[i]);
    size_t count = end - begin;
    for (const size_t i : twice) {
        if (i < begin || i >= end) continue;
        sum += distance(a[i], b[i]);
        count++;
    }
    return sum / static_cast<double>(count);
}

double extent(Points68 points, size_t axis) {
    const auto [low, high] = std::minmax_element(points.begin(), points.end(),
                                                 [&](const auto& a, const auto& b) { return a[axis] < b[axis]; });
    return (*high)[axis] - (*low)[axis];
}

}  // namespace

LandmarkErrors landmark_errors(Points68 restored, Points68 reference, std::span<const size_t> twice) {
    LandmarkErrors errors;
    errors.mean = mean_distance(restored, reference, 0, kPoints68, twice);
    for (size_t r = 0; r < kLandmarkRegions.size(); r++) {
        errors.regions[r] =
            mean_distance(restored, reference, kLandmarkRegions[r].begin, kLandmarkRegions[r].end, twice);
    }
    errors.interocular = distance(reference[kOuterEyeRight], reference[kOuterEyeLeft]);
    errors.box = std::sqrt(extent(reference, 0) * extent(reference, 1));
    return errors;
}

ErrorCurve error_curve(std::span<const double> errors, double limit, size_t points) {
    BFR_CHECK(!errors.empty() && limit > 0 && points >= 2, "{} errors, limit {}, {} points", errors.size(), limit,
              points);
    const auto n = static_cast<double>(errors.size());
    const auto share = [&](double threshold) {
        return static_cast<double>(std::ranges::count_if(errors, [&](double e) { return e <= threshold; })) / n;
    };
    ErrorCurve curve;
    for (size_t i = 0; i < points; i++) {
        curve.thresholds.push_back(limit * static_cast<double>(i) / static_cast<double>(points - 1));
        curve.shares.push_back(share(curve.thresholds.back()));
    }
    // The curve is a staircase: a face with error e adds limit - e to the area under it.
    for (const double e : errors) curve.area += std::max(0.0, limit - e) / (limit * n);
    curve.failure_rate = 1 - share(limit);
    return curve;
}

}  // namespace bfr

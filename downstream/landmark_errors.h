// Arithmetic on the 68 points of iBUG 300-W: distances, and what a set of errors comes to. Knows no pictures.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace bfr {

constexpr size_t kPoints68 = 68;
using Points68 = std::span<const std::array<double, 2>, kPoints68>;

struct LandmarkRegion {
    std::string_view name;
    size_t begin, end;  // of the points, end excluded
};
constexpr std::array<LandmarkRegion, 5> kLandmarkRegions{
    {{"jaw", 0, 17}, {"brows", 17, 27}, {"nose", 27, 36}, {"eyes", 36, 48}, {"mouth", 48, 68}}};

// Pixels.
struct LandmarkErrors {
    double mean = 0;                                        // Euclidean distance, over all points
    std::array<double, kLandmarkRegions.size()> regions{};  // the same over each region's points
    double interocular = 0;                                 // of the reference: outer eye corners, points 36 and 45
    double box =
        0;  // of the reference: square root of the area of its points' bounding box (largest - smallest coordinate)
};
// `twice`: points that count twice in the means.
LandmarkErrors landmark_errors(Points68 restored, Points68 reference, std::span<const size_t> twice = {});

// face_recognition's face_landmarks() lists 72 points: the mouth's corners belong to both of its lips. ageitgey,
// face_recognition 1.3.0, api.py.
constexpr std::array<size_t, 4> kMouthCorners{48, 54, 60, 64};

// The share of faces whose error is at most a threshold, over thresholds from 0 to a limit.
struct ErrorCurve {
    std::vector<double> thresholds, shares;
    double area = 0;  // under the exact curve, divided by the limit: 1 is without error, 0 is all beyond the limit
    double failure_rate = 0;  // share of errors beyond the limit
};
// `errors`: at least one; infinity for a face that wasn't found. `points`: of the curve, both ends included, at
// least 2.
ErrorCurve error_curve(std::span<const double> errors, double limit, size_t points);

}  // namespace bfr

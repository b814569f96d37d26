#include "metrics/kernels/colour.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/target_clones.h"

namespace bfr {
namespace {

constexpr double kBt601Red = 65.481, kBt601Green = 128.553, kBt601Blue = 24.966, kBt601Offset = 16.0;

BFR_TARGET_CLONES
void split_row(const uint8_t* __restrict bgr, int n, float* __restrict red, float* __restrict green,
               float* __restrict blue) {
    for (int x = 0; x < n; x++) {
        blue[x] = bgr[3 * x];
        green[x] = bgr[3 * x + 1];
        red[x] = bgr[3 * x + 2];
    }
}

// level / 255 in single precision, for every level.
constexpr std::array<float, 256> make_units() {
    std::array<float, 256> units{};
    for (size_t i = 0; i < units.size(); i++) units[i] = static_cast<float>(i) / 255.0F;
    return units;
}
constexpr std::array<float, 256> kUnits = make_units();

float studio_y(double red, double green, double blue) {
    const double y = kBt601Blue * blue + kBt601Green * green + kBt601Red * red + kBt601Offset;
    return static_cast<float>(y / 255.0) * 255.0F;
}

// Products and sums in single precision, in the order R, G, B, without fused multiply-adds.
BFR_TARGET_CLONES
void yiq_row(const uint8_t* __restrict bgr, int n, float* __restrict out) {
    for (int x = 0; x < n; x++) {
        const float blue = static_cast<float>(bgr[3 * x]) / 255.0F;
        const float green = static_cast<float>(bgr[3 * x + 1]) / 255.0F;
        const float red = static_cast<float>(bgr[3 * x + 2]) / 255.0F;
        out[x] = (red * 0.299F + green * 0.587F + blue * 0.114F) * 255.0F;
    }
}

// To whole numbers, half to even, for 0 .. 2^22: single precision has no bits for a fraction above 2^23.
BFR_TARGET_CLONES
void round_row(float* values, int n) {
    for (int x = 0; x < n; x++) values[x] = (values[x] + 0x1p23F) - 0x1p23F;
}

constexpr int kLanes = 8;

double sum_of_lanes(const double (&lanes)[kLanes]) {
    return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

BFR_TARGET_CLONES
double sum(const float* values, size_t n) {
    double lanes[kLanes] = {};
    size_t i = 0;
    for (; i + kLanes <= n; i += kLanes) {
        for (size_t k = 0; k < kLanes; k++) lanes[k] += values[i + k];
    }
    for (size_t k = 0; i < n; i++, k++) lanes[k] += values[i];
    return sum_of_lanes(lanes);
}

BFR_TARGET_CLONES
double sum_of_squares_about(const float* values, size_t n, double centre) {
    double lanes[kLanes] = {};
    size_t i = 0;
    for (; i + kLanes <= n; i += kLanes) {
        for (size_t k = 0; k < kLanes; k++) lanes[k] += (values[i + k] - centre) * (values[i + k] - centre);
    }
    for (size_t k = 0; i < n; i++, k++) lanes[k] += (values[i] - centre) * (values[i] - centre);
    return sum_of_lanes(lanes);
}

// Sums in double: numpy's single-precision sums are a little less exact, by less than the metrics show.
double mean_of(const Plane& plane) {
    return sum(plane.values.data(), plane.values.size()) / static_cast<double>(plane.values.size());
}
float deviation_of(const Plane& plane) {
    const double squares = sum_of_squares_about(plane.values.data(), plane.values.size(), mean_of(plane));
    return static_cast<float>(std::sqrt(squares / static_cast<double>(plane.values.size())));
}
bool constant(const Plane& plane) {
    return std::all_of(plane.values.begin(), plane.values.end(), [&](float value) { return value == plane.values[0]; });
}

}  // namespace

std::vector<Plane> rgb_planes(const Bgr8View& picture) {
    std::vector<Plane> planes;
    for (int c = 0; c < 3; c++) planes.emplace_back(picture.width, picture.height);
    for (int y = 0; y < picture.height; y++) {
        split_row(picture.row(y), picture.width, planes[0].row(y), planes[1].row(y), planes[2].row(y));
    }
    return planes;
}

std::vector<Plane> unit_rgb_planes(const Bgr8View& picture) {
    std::vector<Plane> planes = rgb_planes(picture);
    for (auto& plane : planes) {
        for (float& value : plane.values) value /= 255.0F;
    }
    return planes;
}

Plane bt601_y(const Bgr8View& picture) {
    Plane plane(picture.width, picture.height);
    for (int y = 0; y < picture.height; y++) {
        const uint8_t* bgr = picture.row(y);
        float* out = plane.row(y);
        for (int x = 0; x < picture.width; x++) {
            out[x] = studio_y(kUnits[bgr[3 * x + 2]], kUnits[bgr[3 * x + 1]], kUnits[bgr[3 * x]]);
        }
    }
    return plane;
}

Plane yiq_y(const Bgr8View& picture) {
    Plane plane(picture.width, picture.height);
    for (int y = 0; y < picture.height; y++) yiq_row(picture.row(y), picture.width, plane.row(y));
    return plane;
}

Plane yiq_y_rounded(const Bgr8View& picture) {
    Plane plane = yiq_y(picture);
    for (int y = 0; y < picture.height; y++) round_row(plane.row(y), picture.width);
    return plane;
}

bool match_mean_and_deviation(Plane& restored, const Plane& reference) {
    if (constant(reference) || constant(restored)) return false;
    const auto wanted_mean = static_cast<float>(mean_of(reference));
    const float wanted_deviation = deviation_of(reference);
    for (int pass = 0; pass < 2; pass++) {
        const auto mean = static_cast<float>(mean_of(restored));
        for (float& value : restored.values) value = value - mean + wanted_mean;
        const float deviation = deviation_of(restored);
        for (float& value : restored.values) value = value / deviation * wanted_deviation;
    }
    return true;
}

void scale_to_255(std::vector<Plane>& rgb) {
    for (auto& plane : rgb) {
        for (float& value : plane.values) value *= 255.0F;
    }
}

Plane bt601_y_of_unit_rgb(const std::vector<Plane>& rgb) {
    Plane plane(rgb[0].width, rgb[0].height);
    for (size_t i = 0; i < plane.values.size(); i++) {
        plane.values[i] = studio_y(rgb[0].values[i], rgb[1].values[i], rgb[2].values[i]);
    }
    return plane;
}

}  // namespace bfr

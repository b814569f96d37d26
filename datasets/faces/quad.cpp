#include "datasets/faces/quad.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "base/error.h"
#include "datasets/faces/quad_sampler.h"

namespace bfr {
namespace {

constexpr int kTransformSide = QuadSampler::kSide;
constexpr int kPrecisionBits = 22;  // of Pillow's filter weights for 8-bit pictures
constexpr double kLanczosSupport = 3;

struct Point {
    double x = 0, y = 0;
    Point operator+(Point b) const { return {x + b.x, y + b.y}; }
    Point operator-(Point b) const { return {x - b.x, y - b.y}; }
    Point operator*(double f) const { return {x * f, y * f}; }
    double length() const { return std::hypot(x, y); }
};

Point mean_of(const FacePoints& points, size_t begin, size_t end) {
    Point sum;
    for (size_t i = begin; i < end; i++) sum = sum + Point{points[i][0], points[i][1]};
    const auto count = static_cast<double>(end - begin);
    return {sum.x / count, sum.y / count};
}

double lanczos(double x) {
    const auto sinc = [](double t) { return t == 0 ? 1 : std::sin(t * std::numbers::pi) / (t * std::numbers::pi); };
    return x >= -kLanczosSupport && x < kLanczosSupport ? sinc(x) * sinc(x / kLanczosSupport) : 0;
}

// The inputs that an output pixel is summed from, with their weights in fixed point.
struct Taps {
    int first = 0;
    std::vector<int> weights;
    std::vector<short> high, low;  // weight = 4096 high + low: products of 16 bits are what vector units add up
};

// Of the outputs [begin, end) of a row of `in` pixels that becomes `out` pixels.
std::vector<Taps> lanczos_taps(int in, int out, int begin, int end) {
    const double scale = static_cast<double>(in) / out, filter_scale = std::max(scale, 1.0);
    const double support = kLanczosSupport * filter_scale;
    std::vector<Taps> all;
    for (int i = begin; i < end; i++) {
        const double centre = (i + 0.5) * scale;
        const int first = std::max(0, static_cast<int>(centre - support + 0.5));
        const int last = std::min(in, static_cast<int>(centre + support + 0.5));
        std::vector<double> weights;
        double sum = 0;
        for (int x = first; x < last; x++) {
            weights.push_back(lanczos((x - centre + 0.5) * (1 / filter_scale)));
            sum += weights.back();
        }
        Taps taps{first, {}, {}, {}};
        for (const double weight : weights) {
            const double fixed = weight / sum * (1 << kPrecisionBits);
            const int whole = static_cast<int>(fixed < 0 ? fixed - 0.5 : fixed + 0.5);
            taps.weights.push_back(whole);
            taps.high.push_back(static_cast<short>(whole >> 12));
            taps.low.push_back(static_cast<short>(whole & 4095));
        }
        all.push_back(std::move(taps));
    }
    return all;
}

unsigned char rounded(int fixed) { return static_cast<unsigned char>(std::clamp(fixed >> kPrecisionBits, 0, 255)); }
constexpr int kHalf = 1 << (kPrecisionBits - 1);

// Half a unit and the weighted sum. Wraps where a part of it does, which the whole never needs.
int weighted(const short* values, const Taps& taps) {
    constexpr size_t kPart = 1024;  // values below 256 and weights below 4096 so often fit an int
    unsigned sum = kHalf;
    for (size_t begin = 0; begin < taps.weights.size(); begin += kPart) {
        const size_t end = std::min(begin + kPart, taps.weights.size());
        int high = 0, low = 0;
        for (size_t i = begin; i < end; i++) {
            high += values[i] * taps.high[i];
            low += values[i] * taps.low[i];
        }
        sum += static_cast<unsigned>(high) * 4096u + static_cast<unsigned>(low);
    }
    return static_cast<int>(sum);
}

using Planes = QuadSampler::Planes;

Planes planes_of(size_t length) {
    return {std::vector<short>(length), std::vector<short>(length), std::vector<short>(length)};
}

// Through the horizontal filter to BGR pixels.
void filter_row(const Planes& planes, const std::vector<Taps>& taps, unsigned char* to) {
    for (const auto& tap : taps) {
        for (const auto& plane : planes) *to++ = rounded(weighted(plane.data() + tap.first, tap));
    }
}

// `row(y)` is the horizontally filtered row y; rows are asked for in ascending order, each once.
template <class Row>
cv::Mat filter_columns(const std::vector<Taps>& taps, int columns, const Row& row) {
    const int first = taps.front().first;
    const int last = taps.back().first + static_cast<int>(taps.back().weights.size());
    cv::Mat rows(last - first, columns, CV_8UC3);
    for (int y = first; y < last; y++) row(y, rows.ptr(y - first));
    cv::Mat result(static_cast<int>(taps.size()), columns, CV_8UC3);
    std::vector<int> sums(3 * static_cast<size_t>(columns));
    for (int y = 0; y < result.rows; y++) {
        std::fill(sums.begin(), sums.end(), kHalf);
        const Taps& column = taps[static_cast<size_t>(y)];
        for (size_t k = 0; k < column.weights.size(); k++) {
            const unsigned char* from = rows.ptr(column.first - first + static_cast<int>(k));
            for (size_t i = 0; i < sums.size(); i++) sums[i] += from[i] * column.weights[k];
        }
        unsigned char* to = result.ptr(y);
        for (const int sum : sums) *to++ = rounded(sum);
    }
    return result;
}

// The part `wanted` of the picture reduced to `size`.
cv::Mat reduced(const cv::Mat& bgr8, cv::Size size, const cv::Rect& wanted) {
    const auto across = lanczos_taps(bgr8.cols, size.width, wanted.x, wanted.x + wanted.width);
    const auto down = lanczos_taps(bgr8.rows, size.height, wanted.y, wanted.y + wanted.height);
    Planes planes = planes_of(static_cast<size_t>(bgr8.cols));
    return filter_columns(down, wanted.width, [&](int y, unsigned char* to) {
        const unsigned char* from = bgr8.ptr(y);
        for (size_t x = 0; x < static_cast<size_t>(bgr8.cols); x++) {
            for (auto& plane : planes) plane[x] = *from++;
        }
        filter_row(planes, across, to);
    });
}

int rounded_half_even(double value) { return static_cast<int>(std::lrint(value)); }

}  // namespace

std::optional<QuadAlignment> quad_alignment(const FacePoints& points, int width, int height, int size) {
    BFR_CHECK(points.size() == 68, "68 points are wanted, not {}", points.size());
    const Point eye_left = mean_of(points, 36, 42), eye_right = mean_of(points, 42, 48);
    const Point eyes = (eye_left + eye_right) * 0.5, eye_to_eye = eye_right - eye_left;
    const Point mouth = (Point{points[48][0], points[48][1]} + Point{points[54][0], points[54][1]}) * 0.5;
    const Point eye_to_mouth = mouth - eyes;

    Point x = eye_to_eye - Point{-eye_to_mouth.y, eye_to_mouth.x};
    const double length = x.length();
    if (!(length > 0)) return std::nullopt;
    x = {x.x / length, x.y / length};
    x = x * std::max(eye_to_eye.length() * 2.0, eye_to_mouth.length() * 1.8);
    const Point y{-x.y, x.x}, centre = eyes + eye_to_mouth * 0.1;

    QuadAlignment found;
    const Point corners[] = {centre - x - y, centre - x + y, centre + x + y, centre + x - y};
    for (size_t i = 0; i < 4; i++) found.quad[i] = {corners[i].x, corners[i].y};
    found.side = x.length() * 2;
    if (!(found.side >= 1)) return std::nullopt;

    found.shrink = static_cast<int>(std::floor(found.side / size * 0.5));
    found.shrunk = {width, height};
    double side = found.side;
    auto& quad = found.quad_in_crop = found.quad;
    if (found.shrink > 1) {
        found.shrunk = {std::max(1, rounded_half_even(static_cast<double>(width) / found.shrink)),
                        std::max(1, rounded_half_even(static_cast<double>(height) / found.shrink))};
        for (auto& corner : quad) corner = {corner[0] / found.shrink, corner[1] / found.shrink};
        side /= found.shrink;
    }
    found.border = std::max(rounded_half_even(side * 0.1), 3);
    const auto span = [&](size_t axis, int limit) {
        const auto [least, most] = std::minmax({quad[0][axis], quad[1][axis], quad[2][axis], quad[3][axis]});
        return std::pair(std::max(static_cast<int>(std::floor(least)) - found.border, 0),
                         std::min(static_cast<int>(std::ceil(most)) + found.border, limit));
    };
    const auto [left, right] = span(0, found.shrunk.width);
    const auto [top, bottom] = span(1, found.shrunk.height);
    if (left >= right || top >= bottom) return std::nullopt;
    found.crop = {left, top, right - left, bottom - top};
    for (auto& corner : quad) corner = {corner[0] - left, corner[1] - top};

    // Through the shrunk photo, whose pixel s covers the photo's pixels around (s + 0.5) photo / shrunk - 0.5.
    const double side_of[] = {static_cast<double>(width) / found.shrunk.width,
                              static_cast<double>(height) / found.shrunk.height};
    const int corner_of[] = {left, top};
    for (int axis = 0; axis < 2; axis++) {
        const auto a = static_cast<size_t>(axis);
        const double u = (quad[3][a] - quad[0][a]) / size, v = (quad[1][a] - quad[0][a]) / size;
        const double first = quad[0][a] + corner_of[a] + (u + v) / 2;
        found.photo_from_crop(axis, 0) = u * side_of[a];
        found.photo_from_crop(axis, 1) = v * side_of[a];
        found.photo_from_crop(axis, 2) = (first + 0.5) * side_of[a] - 0.5;
    }
    return found;
}

cv::Mat quad_crop(const cv::Mat& bgr8, const QuadAlignment& alignment, int size) {
    BFR_CHECK(bgr8.type() == CV_8UC3, "a photo of type {}", bgr8.type());
    const cv::Mat cut = alignment.shrink > 1 ? reduced(bgr8, alignment.shrunk, alignment.crop) : bgr8(alignment.crop);
    QuadSampler sampler(cut, alignment.quad_in_crop);
    Planes planes = planes_of(kTransformSide);
    if (size == kTransformSide) {
        cv::Mat whole(size, size, CV_8UC3);
        for (int v = 0; v < size; v++) {
            sampler.row(v, planes);
            unsigned char* to = whole.ptr(v);
            for (size_t u = 0; u < kTransformSide; u++) {
                for (const auto& plane : planes) *to++ = static_cast<unsigned char>(plane[u]);
            }
        }
        return whole;
    }
    const auto taps = lanczos_taps(kTransformSide, size, 0, size);
    return filter_columns(taps, size, [&](int v, unsigned char* to) {
        sampler.row(v, planes);
        filter_row(planes, taps, to);
    });
}

}  // namespace bfr

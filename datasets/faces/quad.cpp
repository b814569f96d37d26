#include "datasets/faces/quad.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "base/error.h"

namespace bfr {
namespace {

constexpr int kTransformSide = 4096;  // of the picture that the square is sampled to
constexpr int kPrecisionBits = 22;    // of Pillow's filter weights for 8-bit pictures
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
        Taps taps{first, {}};
        for (const double weight : weights) {
            const double fixed = weight / sum * (1 << kPrecisionBits);
            taps.weights.push_back(static_cast<int>(fixed < 0 ? fixed - 0.5 : fixed + 0.5));
        }
        all.push_back(std::move(taps));
    }
    return all;
}

unsigned char rounded(int fixed) { return static_cast<unsigned char>(std::clamp(fixed >> kPrecisionBits, 0, 255)); }
constexpr int kHalf = 1 << (kPrecisionBits - 1);

// One row of BGR pixels through the horizontal filter.
void filter_row(const unsigned char* from, const std::vector<Taps>& taps, unsigned char* to) {
    for (const auto& [first, weights] : taps) {
        const unsigned char* pixel = from + 3 * static_cast<size_t>(first);
        int b = kHalf, g = kHalf, r = kHalf;
        for (const int weight : weights) {
            b += pixel[0] * weight;
            g += pixel[1] * weight;
            r += pixel[2] * weight;
            pixel += 3;
        }
        *to++ = rounded(b);
        *to++ = rounded(g);
        *to++ = rounded(r);
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
        const auto& [top, weights] = taps[static_cast<size_t>(y)];
        for (size_t k = 0; k < weights.size(); k++) {
            const unsigned char* from = rows.ptr(top - first + static_cast<int>(k));
            for (size_t i = 0; i < sums.size(); i++) sums[i] += from[i] * weights[k];
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
    return filter_columns(down, wanted.width, [&](int y, unsigned char* to) { filter_row(bgr8.ptr(y), across, to); });
}

// Where row v of the 4096 x 4096 samples lies in the picture: x = a + b u + c v + d u v, u and v at pixel centres.
class Sampler {
  public:
    Sampler(const cv::Mat& bgr8, const QuadAlignment::Corners& quad) : picture_(bgr8) {
        const double step = 1.0 / kTransformSide;
        for (size_t axis = 0; axis < 2; axis++) {
            const double lt = quad[0][axis] + 0.5, lb = quad[1][axis] + 0.5, rb = quad[2][axis] + 0.5,
                         rt = quad[3][axis] + 0.5;
            terms_[axis] = {lt, (rt - lt) * step, (lb - lt) * step, (rb - lb - rt + lt) * step * step};
        }
    }

    void row(int v, unsigned char* to) const {
        const double down = v + 0.5;
        const auto& [xa, xb, xc, xd] = terms_[0];
        const auto& [ya, yb, yc, yd] = terms_[1];
        for (int u = 0; u < kTransformSide; u++, to += 3) {
            const double across = u + 0.5;
            const double x = xa + xb * across + xc * down + xd * across * down;
            const double y = ya + yb * across + yc * down + yd * across * down;
            if (x >= 0 && y >= 0 && x < picture_.cols && y < picture_.rows) {
                sample(x - 0.5, y - 0.5, to);
            } else {
                to[0] = to[1] = to[2] = 0;
            }
        }
    }

  private:
    // Both at least -0.5: the integer part of the number plus one is the floor's.
    void sample(double x, double y, unsigned char* to) const {
        const int left = static_cast<int>(x + 1) - 1, top = static_cast<int>(y + 1) - 1;
        const double dx = x - left, dy = y - top;
        const size_t a = 3 * static_cast<size_t>(std::max(left, 0)),
                     b = 3 * static_cast<size_t>(std::min(left + 1, picture_.cols - 1));
        const unsigned char* upper = picture_.ptr(std::max(top, 0));
        const unsigned char* lower = picture_.ptr(std::min(top + 1, picture_.rows - 1));
        for (size_t c = 0; c < 3; c++) {
            const double above = upper[a + c] + (upper[b + c] - upper[a + c]) * dx;
            const double below = lower[a + c] + (lower[b + c] - lower[a + c]) * dx;
            to[c] = static_cast<unsigned char>(above + (below - above) * dy);
        }
    }

    const cv::Mat& picture_;
    std::array<std::array<double, 4>, 2> terms_;
};

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
    const Sampler sampler(cut, alignment.quad_in_crop);
    if (size == kTransformSide) {
        cv::Mat whole(size, size, CV_8UC3);
        for (int v = 0; v < size; v++) sampler.row(v, whole.ptr(v));
        return whole;
    }
    const auto taps = lanczos_taps(kTransformSide, size, 0, size);
    std::vector<unsigned char> samples(3 * kTransformSide);
    return filter_columns(taps, size, [&](int v, unsigned char* to) {
        sampler.row(v, samples.data());
        filter_row(samples.data(), taps, to);
    });
}

}  // namespace bfr

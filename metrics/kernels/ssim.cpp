// Rows stream through a ring of horizontally filtered rows, which stays in the second-level cache. Variances are only
// needed as var_a + var_b, so three filters do: of a, of a^2 + b^2 and of a b.
#include "metrics/kernels/ssim.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/target_clones.h"

namespace bfr {
namespace {

constexpr double kC1 = (0.01 * 255) * (0.01 * 255), kC2 = (0.03 * 255) * (0.03 * 255);
constexpr int kLanes = 8;
constexpr int kMaxRows = 11;

using Weights = std::array<double, 6>;
using Rows = std::array<const double*, kMaxRows>;

template <int kRadius>
BFR_INLINE void filter_along(const double* __restrict in, const Weights& weights, int n, double* __restrict out) {
    const double w0 = weights[0], w1 = weights[1], w2 = weights[2], w3 = weights[3], w4 = weights[4], w5 = weights[5];
    const double* c = in + kRadius;
    for (int x = 0; x < n; x++) {
        double sum = w0 * c[x] + w1 * (c[x - 1] + c[x + 1]) + w2 * (c[x - 2] + c[x + 2]) + w3 * (c[x - 3] + c[x + 3]);
        if constexpr (kRadius == 5) sum += w4 * (c[x - 4] + c[x + 4]) + w5 * (c[x - 5] + c[x + 5]);
        out[x] = sum;
    }
}

template <int kRadius>
BFR_INLINE void filter_across(const Rows& r, const Weights& weights, int n, double* __restrict out) {
    const double w0 = weights[0], w1 = weights[1], w2 = weights[2], w3 = weights[3], w4 = weights[4], w5 = weights[5];
    constexpr int k = kRadius;
    const double *c = r[k], *a1 = r[k - 1], *b1 = r[k + 1], *a2 = r[k - 2], *b2 = r[k + 2], *a3 = r[k - 3],
                 *b3 = r[k + 3];
    const double *a4 = nullptr, *b4 = nullptr, *a5 = nullptr, *b5 = nullptr;
    if constexpr (k == 5) a4 = r[1], b4 = r[9], a5 = r[0], b5 = r[10];
    for (int x = 0; x < n; x++) {
        double sum = w0 * c[x] + w1 * (a1[x] + b1[x]) + w2 * (a2[x] + b2[x]) + w3 * (a3[x] + b3[x]);
        if constexpr (k == 5) sum += w4 * (a4[x] + b4[x]) + w5 * (a5[x] + b5[x]);
        out[x] = sum;
    }
}

BFR_TARGET_CLONES
void filter_along_row(const double* in, const SsimWindow& window, int n, double* out) {
    if (window.radius == 5) {
        filter_along<5>(in, window.weights, n, out);
    } else {
        filter_along<3>(in, window.weights, n, out);
    }
}

BFR_TARGET_CLONES
void filter_across_rows(const Rows& rows, const SsimWindow& window, int n, double* out) {
    if (window.radius == 5) {
        filter_across<5>(rows, window.weights, n, out);
    } else {
        filter_across<3>(rows, window.weights, n, out);
    }
}

BFR_TARGET_CLONES
void widen_row(const float* __restrict in, int n, double* __restrict out) {
    for (int x = 0; x < n; x++) out[x] = in[x];
}

BFR_TARGET_CLONES
void products_row(const float* __restrict a, const float* __restrict b, int n, double* __restrict value,
                  double* __restrict squares, double* __restrict product) {
    for (int x = 0; x < n; x++) {
        const double va = a[x], vb = b[x];
        value[x] = va;
        squares[x] = va * va + vb * vb;
        product[x] = va * vb;
    }
}

// The term at each place of a row, over the means of a, b, a^2 + b^2 and a b.
template <SsimTerm kTerm, bool kCut>
BFR_INLINE void term_row(const double* __restrict a, const double* __restrict b, const double* __restrict squares,
                         const double* __restrict product, double scale, int n, double* __restrict out) {
    for (int x = 0; x < n; x++) {
        const double ab = a[x] * b[x];
        const double aabb = a[x] * a[x] + b[x] * b[x];
        double structure = 2 * scale * (product[x] - ab) + kC2;
        if constexpr (kCut) structure = structure > 0 ? structure : 0;
        const double contrast = scale * (squares[x] - aabb) + kC2;
        if constexpr (kTerm == SsimTerm::kFull) {
            out[x] = ((2 * ab + kC1) * structure) / ((aabb + kC1) * contrast);
        } else {
            out[x] = structure / contrast;
        }
    }
}

BFR_INLINE double sum_in_lanes(const double* values, int n) {
    double lanes[kLanes] = {};
    int x = 0;
    for (; x + kLanes <= n; x += kLanes) {
        for (int k = 0; k < kLanes; k++) lanes[k] += values[x + k];
    }
    for (int k = 0; x < n; x++, k++) lanes[k] += values[x];
    return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

BFR_TARGET_CLONES
double sum_of_terms(const double* a, const double* b, const double* squares, const double* product, double scale,
                    SsimTerm term, bool cut, int n, double* scratch) {
    if (term == SsimTerm::kFull) {
        if (cut) {
            term_row<SsimTerm::kFull, true>(a, b, squares, product, scale, n, scratch);
        } else {
            term_row<SsimTerm::kFull, false>(a, b, squares, product, scale, n, scratch);
        }
    } else if (cut) {
        term_row<SsimTerm::kContrastStructure, true>(a, b, squares, product, scale, n, scratch);
    } else {
        term_row<SsimTerm::kContrastStructure, false>(a, b, squares, product, scale, n, scratch);
    }
    return sum_in_lanes(scratch, n);
}

// The last `size` filtered rows of one quantity.
class Ring {
  public:
    Ring(int size, int width)
        : size_(size), width_(width), values_(static_cast<size_t>(size) * static_cast<size_t>(width)) {}
    double* row(int y) { return values_.data() + static_cast<size_t>(y % size_) * static_cast<size_t>(width_); }
    // The rows from y - size + 1 to y, the oldest first.
    Rows last(int y) {
        Rows rows{};
        for (int k = 0; k < size_; k++) rows[static_cast<size_t>(k)] = row(y - size_ + 1 + k);
        return rows;
    }

  private:
    int size_, width_;
    std::vector<double> values_;
};

SsimWindow symmetric(const std::array<double, 11>& values) {
    SsimWindow window;
    for (size_t k = 0; k < window.weights.size(); k++) window.weights[k] = values[5 + k];
    return window;
}

std::array<double, 11> gaussian_values() {
    std::array<double, 11> values{};
    double sum = 0;
    for (int i = 0; i < 11; i++) {
        const double d = i - 5;
        values[static_cast<size_t>(i)] = std::exp(-d * d / (2 * 1.5 * 1.5));
        sum += values[static_cast<size_t>(i)];
    }
    for (double& value : values) value /= sum;
    return values;
}

void check_window(const Plane& plane, const SsimWindow& window) {
    BFR_CHECK(window.radius == 5 || window.radius == 3, "a window of radius {}", window.radius);
    BFR_CHECK(plane.width >= window.size() && plane.height >= window.size(), "a plane of {}x{} under a window of {}",
              plane.width, plane.height, window.size());
}

}  // namespace

SsimWindow SsimWindow::gaussian() { return symmetric(gaussian_values()); }

SsimWindow SsimWindow::gaussian_of_single_sum() {
    const auto values = gaussian_values();
    double sum = 0;
    for (const double a : values) {
        for (const double b : values) sum += static_cast<float>(a * b);
    }
    SsimWindow window = symmetric(values);
    for (double& weight : window.weights) weight *= std::sqrt(sum);
    return window;
}

SsimWindow SsimWindow::gaussian_single() {
    std::array<float, 11> singles{};
    double sum = 0;
    for (int i = 0; i < 11; i++) {
        const auto d = static_cast<float>(i - 5);
        singles[static_cast<size_t>(i)] = static_cast<float>(std::exp(static_cast<double>(-d * d / 4.5F)));
        sum += singles[static_cast<size_t>(i)];
    }
    std::array<double, 11> values{};
    for (size_t i = 0; i < 11; i++) values[i] = singles[i] / static_cast<float>(sum);  // torch's sum is the rounded one
    return symmetric(values);
}

SsimWindow SsimWindow::uniform() {
    SsimWindow window;
    window.radius = 3;
    window.weights.fill(1.0 / 7.0);
    window.covariance_scale = 49.0 / 48.0;
    return window;
}

LocalMeans local_means(const Plane& plane, const SsimWindow& window) {
    check_window(plane, window);
    const int size = window.size(), width = plane.width - size + 1, height = plane.height - size + 1;
    LocalMeans means{width, height, std::vector<double>(static_cast<size_t>(width) * static_cast<size_t>(height))};
    Ring ring(size, width);
    std::vector<double> wide(static_cast<size_t>(plane.width));
    for (int y = 0; y < plane.height; y++) {
        widen_row(plane.row(y), plane.width, wide.data());
        filter_along_row(wide.data(), window, width, ring.row(y));
        const int out = y - size + 1;
        if (out < 0) continue;
        filter_across_rows(ring.last(y), window, width,
                           means.values.data() + static_cast<size_t>(out) * static_cast<size_t>(width));
    }
    return means;
}

double mean_similarity(const Plane& a, const Plane& b, const LocalMeans& b_means, const SsimWindow& window,
                       SsimTerm term, bool cut_negative) {
    check_window(a, window);
    const int size = window.size(), width = a.width - size + 1, height = a.height - size + 1;
    BFR_CHECK(a.width == b.width && a.height == b.height && b_means.width == width && b_means.height == height,
              "planes of {}x{} and {}x{}, means of {}x{}", a.width, a.height, b.width, b.height, b_means.width,
              b_means.height);
    Ring values(size, width), squares(size, width), products(size, width);
    const auto wide = static_cast<size_t>(a.width);
    std::vector<double> row(4 * wide);
    double *const one = row.data(), *const two = one + wide, *const three = two + wide, *const scratch = three + wide;
    double sum = 0;
    for (int y = 0; y < a.height; y++) {
        products_row(a.row(y), b.row(y), a.width, one, two, three);
        filter_along_row(one, window, width, values.row(y));
        filter_along_row(two, window, width, squares.row(y));
        filter_along_row(three, window, width, products.row(y));
        const int out = y - size + 1;
        if (out < 0) continue;
        filter_across_rows(values.last(y), window, width, one);
        filter_across_rows(squares.last(y), window, width, two);
        filter_across_rows(products.last(y), window, width, three);
        const double* b_row = b_means.values.data() + static_cast<size_t>(out) * static_cast<size_t>(width);
        sum += sum_of_terms(one, b_row, two, three, window.covariance_scale, term, cut_negative, width, scratch);
    }
    return sum / (static_cast<double>(width) * height);
}

}  // namespace bfr

// What is read of a block are five generalised Gaussians (of the normalised values and of their products with four
// neighbours), each fitted from sums over the block: the shape is looked up where r(g) = G(2/g)^2 / (G(1/g) G(3/g)) is
// nearest to the sums' ratio, among 0.2, 0.201 ... 10.
#include "metrics/kernels/niqe.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "base/error.h"
#include "base/target_clones.h"

namespace bfr {
namespace {

constexpr double kSigma = 7.0 / 6.0;
constexpr int kRadius = 3, kWindow = 2 * kRadius + 1;
constexpr size_t kLanes = 8;  // divides both scales' block sides

struct Shape {
    double alpha, ratio;
    double spread;  // sqrt(G(1/a) / G(3/a))
    double centre;  // G(2/a) / G(1/a)
};

const std::vector<Shape>& shapes() {
    static const std::vector<Shape> table = [] {
        std::vector<Shape> made;
        for (int i = 0; i <= 9800; i++) {
            const double alpha = 0.2 + 0.001 * i;
            const double one = std::tgamma(1 / alpha), two = std::tgamma(2 / alpha), three = std::tgamma(3 / alpha);
            made.push_back({alpha, two * two / (one * three), std::sqrt(one / three), two / one});
        }
        return made;
    }();
    return table;
}

// The first of the nearest; the first of all where `ratio` is no number, as numpy's argmin has it.
const Shape& nearest_shape(double ratio) {
    const auto& table = shapes();
    if (std::isnan(ratio)) return table.front();
    const auto above =
        std::lower_bound(table.begin(), table.end(), ratio, [](const Shape& s, double r) { return s.ratio < r; });
    if (above == table.begin()) return table.front();
    const auto below = std::prev(above);
    return above == table.end() || ratio - below->ratio <= above->ratio - ratio ? *below : *above;
}

// Sums over a block, in lanes so that they are added in one order by every processor.
struct Sums {
    double negative[kLanes] = {}, positive[kLanes] = {}, size[kLanes] = {};
    double negatives[kLanes] = {}, positives[kLanes] = {};
};

// Of the products of two rows, formed in T.
template <class T>
BFR_INLINE void add_products(const T* __restrict a, const T* __restrict b, int n, Sums& sums) {
    for (int x = 0; x < n; x += kLanes) {
        for (size_t k = 0; k < kLanes; k++) {
            const T product = a[x + static_cast<int>(k)] * b[x + static_cast<int>(k)];
            const double v = product, square = v * v;
            sums.negative[k] += v < 0 ? square : 0.0;
            sums.positive[k] += v > 0 ? square : 0.0;
            sums.negatives[k] += v < 0 ? 1.0 : 0.0;
            sums.positives[k] += v > 0 ? 1.0 : 0.0;
            sums.size[k] += std::abs(v);
        }
    }
}

double total(const double (&lanes)[kLanes]) {
    return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

struct Fit {
    const Shape* shape;
    double left, right;
};

Fit fit(const Sums& sums, double count) {
    const double negative = total(sums.negative), positive = total(sums.positive);
    const double left = std::sqrt(negative / total(sums.negatives)),
                 right = std::sqrt(positive / total(sums.positives));
    const double gamma = left / right, mean = total(sums.size) / count;
    const double rho = mean * mean / ((negative + positive) / count), squared = gamma * gamma + 1;
    const Shape& shape = nearest_shape(rho * (gamma * gamma * gamma + 1) * (gamma + 1) / (squared * squared));
    return {&shape, left * shape.spread, right * shape.spread};
}

// Sums of a block and of its products with the neighbours to the left, above, above left and above right, round the
// block's borders.
using BlockSums = std::array<Sums, 5>;

template <class T>
BFR_INLINE void sum_block(const T* block, int side, size_t stride, const T* ones, T* rows, BlockSums& sums) {
    const size_t wide = static_cast<size_t>(side) + 2;  // each row between copies of its last and its first value
    for (int y = 0; y < side; y++) {
        const T* from = block + static_cast<size_t>(y) * stride;
        T* to = rows + static_cast<size_t>(y) * wide;
        std::copy(from, from + side, to + 1);
        to[0] = from[side - 1];
        to[side + 1] = from[0];
    }
    for (int y = 0; y < side; y++) {
        const T* row = rows + static_cast<size_t>(y) * wide + 1;
        const T* above = rows + static_cast<size_t>((y + side - 1) % side) * wide + 1;
        add_products(row, ones, side, sums[0]);
        add_products(row, row - 1, side, sums[1]);
        add_products(row, above, side, sums[2]);
        add_products(row, above - 1, side, sums[3]);
        add_products(row, above + 1, side, sums[4]);
    }
}

BFR_TARGET_CLONES
void sum_block_single(const float* block, int side, size_t stride, const float* ones, float* rows, BlockSums& sums) {
    sum_block(block, side, stride, ones, rows, sums);
}
BFR_TARGET_CLONES
void sum_block_double(const double* block, int side, size_t stride, const double* ones, double* rows, BlockSums& sums) {
    sum_block(block, side, stride, ones, rows, sums);
}

template <class T>
struct Map {
    int width = 0, height = 0;
    std::vector<T> values;

    Map(int w, int h) : width(w), height(h), values(static_cast<size_t>(w) * static_cast<size_t>(h)) {}
    size_t at(int y) const { return static_cast<size_t>(y) * static_cast<size_t>(width); }
    const T* row(int y) const { return values.data() + at(y); }
    T* row(int y) { return values.data() + at(y); }
};

template <class T>
void block_features(const Map<T>& map, int x, int y, int side, std::vector<T>& scratch, double* features) {
    scratch.assign(static_cast<size_t>(side + 2) * static_cast<size_t>(side) + kNiqeBlock, T{1});
    T* const rows = scratch.data() + kNiqeBlock;
    BlockSums sums{};
    if constexpr (std::is_same_v<T, float>) {
        sum_block_single(map.row(y) + x, side, static_cast<size_t>(map.width), scratch.data(), rows, sums);
    } else {
        sum_block_double(map.row(y) + x, side, static_cast<size_t>(map.width), scratch.data(), rows, sums);
    }
    const double count = static_cast<double>(side) * side;
    const Fit values = fit(sums[0], count);
    *features++ = values.shape->alpha;
    *features++ = (values.left + values.right) / 2;
    for (size_t k = 1; k < sums.size(); k++) {
        const Fit products = fit(sums[k], count);
        *features++ = products.shape->alpha;
        *features++ = (products.right - products.left) * products.shape->centre;
        *features++ = products.left;
        *features++ = products.right;
    }
}

using Weights = std::array<double, 4>;
using Rows = std::array<const double*, kWindow>;

BFR_TARGET_CLONES
void filter_along(const double* __restrict in, const Weights& w, int n, double* __restrict out) {
    const double w0 = w[0], w1 = w[1], w2 = w[2], w3 = w[3];
    const double* c = in + kRadius;
    for (int x = 0; x < n; x++)
        out[x] = w0 * c[x] + w1 * (c[x - 1] + c[x + 1]) + w2 * (c[x - 2] + c[x + 2]) + w3 * (c[x - 3] + c[x + 3]);
}

BFR_INLINE double across(const Rows& r, const Weights& w, int x) {
    return w[0] * r[3][x] + w[1] * (r[2][x] + r[4][x]) + w[2] * (r[1][x] + r[5][x]) + w[3] * (r[0][x] + r[6][x]);
}

template <class T>
BFR_INLINE void normalise_row(const T* __restrict in, const Rows& values, const Rows& squares, const Weights& w,
                              double floor, int n, T* __restrict out) {
    const T lowest = static_cast<T>(floor);
    for (int x = 0; x < n; x++) {
        const T mean = static_cast<T>(across(values, w, x)), square = static_cast<T>(across(squares, w, x));
        const T deviation = std::sqrt(std::abs(square - mean * mean) + lowest);
        out[x] = (in[x] - mean) / (deviation + T{1});
    }
}
BFR_TARGET_CLONES
void normalise_row_single(const float* in, const Rows& values, const Rows& squares, const Weights& w, double floor,
                          int n, float* out) {
    normalise_row(in, values, squares, w, floor, n, out);
}
BFR_TARGET_CLONES
void normalise_row_double(const double* in, const Rows& values, const Rows& squares, const Weights& w, double floor,
                          int n, double* out) {
    normalise_row(in, values, squares, w, floor, n, out);
}

// (value - mean) / (deviation + 1) in the window, the picture's border repeated.
template <class T>
Map<T> normalised(const Map<T>& map, const NiqeArithmetic& arithmetic) {
    const int n = map.width;
    const auto wide = static_cast<size_t>(n);
    std::vector<double> ring(2 * kWindow * wide), padded(wide + 2 * kRadius);
    const auto slot = [&](int y, int quantity) {
        return ring.data() + static_cast<size_t>(2 * (y % kWindow) + quantity) * wide;
    };
    const auto filter_row = [&](int y) {
        for (int quantity = 0; quantity < 2; quantity++) {
            for (int x = -kRadius; x < n + kRadius; x++) {
                const T value = map.row(y)[std::clamp(x, 0, n - 1)];
                padded[static_cast<size_t>(x + kRadius)] = quantity == 0 ? value : value * value;
            }
            filter_along(padded.data(), arithmetic.window, n, slot(y, quantity));
        }
    };
    Map<T> result(map.width, map.height);
    for (int y = 0; y < std::min(kRadius, map.height); y++) filter_row(y);
    for (int y = 0; y < map.height; y++) {
        if (y + kRadius < map.height) filter_row(y + kRadius);
        Rows values{}, squares{};
        for (int k = 0; k < kWindow; k++) {
            const int from = std::clamp(y + k - kRadius, 0, map.height - 1);
            values[static_cast<size_t>(k)] = slot(from, 0);
            squares[static_cast<size_t>(k)] = slot(from, 1);
        }
        if constexpr (std::is_same_v<T, float>) {
            normalise_row_single(map.row(y), values, squares, arithmetic.window, arithmetic.variance_floor, n,
                                 result.row(y));
        } else {
            normalise_row_double(map.row(y), values, squares, arithmetic.window, arithmetic.variance_floor, n,
                                 result.row(y));
        }
    }
    return result;
}

// MATLAB's imresize by 0.5: the cubic kernel stretched over eight pixels, the picture continued by reflection, the edge
// pixel repeated; on the picture divided by 255, down the columns and then along the rows, both in single precision. A
// smooth patch's variance is a small difference of large numbers, so that the order of these sums shows in NIQE's
// fourth digit: they are added as the tools' libraries add them (PyTorch 2.13 with MKL, on x86-64).
constexpr std::array<float, 8> kHalving = {-0.01171875F, -0.03515625F, 0.11328125F,  0.43359375F,
                                           0.43359375F,  0.11328125F,  -0.03515625F, -0.01171875F};

// One after the other: a matrix of columns times a vector (BasicSR, down), a sum over a dimension (pyiqa).
BFR_INLINE float weighted_in_turn(float a, float b, float c, float d, float e, float f, float g, float h) {
    float sum = a * kHalving[0];
    sum += b * kHalving[1];
    sum += c * kHalving[2];
    sum += d * kHalving[3];
    sum += e * kHalving[4];
    sum += f * kHalving[5];
    sum += g * kHalving[6];
    return sum + h * kHalving[7];
}
// A matrix of rows times a vector (BasicSR, along): MKL's order depends on where the eight pixels lie in its words.
BFR_INLINE float weighted_by_rows(const float* p, bool odd) {
    std::array<float, 8> v{};
    for (size_t k = 0; k < v.size(); k++) v[k] = p[k] * kHalving[k];
    const float first = (v[0] + v[1]) + v[2];
    if (odd) return (((first + v[3]) + v[4]) + v[6]) + (v[5] + v[7]);
    return (((first + v[4]) + (v[3] + v[5])) + v[6]) + v[7];
}

BFR_TARGET_CLONES
void halve_columns(const std::array<const float*, 8>& r, int n, float* __restrict out) {
    for (int x = 0; x < n; x++)
        out[x] = weighted_in_turn(r[0][x], r[1][x], r[2][x], r[3][x], r[4][x], r[5][x], r[6][x], r[7][x]);
}

int reflected_index(int i, int n) {
    if (i < 0) return -1 - i;
    return i < n ? i : 2 * n - 1 - i;
}

template <class T>
Map<T> halved(const Map<T>& map) {
    const int width = map.width / 2, height = map.height / 2;
    Map<float> unit(map.width, map.height);
    for (size_t i = 0; i < map.values.size(); i++) unit.values[i] = static_cast<float>(map.values[i] / T{255});
    Map<T> result(width, height);
    std::vector<float> row(static_cast<size_t>(map.width) + 6);
    for (int y = 0; y < height; y++) {
        std::array<const float*, 8> rows{};
        for (int k = 0; k < 8; k++) rows[static_cast<size_t>(k)] = unit.row(reflected_index(2 * y - 3 + k, map.height));
        halve_columns(rows, map.width, row.data() + 3);
        for (int k = 0; k < 3; k++) {
            row[static_cast<size_t>(2 - k)] = row[static_cast<size_t>(3 + k)];
            row[static_cast<size_t>(3 + map.width + k)] = row[static_cast<size_t>(2 + map.width - k)];
        }
        for (int x = 0; x < width; x++) {
            const float* p = row.data() + 2 * x;
            const float value = std::is_same_v<T, float>
                                    ? weighted_by_rows(p, x % 2 == 1)
                                    : weighted_in_turn(p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7]);
            result.row(y)[x] = static_cast<T>(value) * T{255};
        }
    }
    return result;
}

template <class T>
std::vector<NiqeFeatures> features_of(const Plane& luma, const NiqeArithmetic& arithmetic) {
    const int across = luma.width / kNiqeBlock, down = luma.height / kNiqeBlock;
    BFR_CHECK(across > 0 && down > 0, "a plane of {}x{} without a block", luma.width, luma.height);
    Map<T> map(across * kNiqeBlock, down * kNiqeBlock);
    for (int y = 0; y < map.height; y++) std::copy(luma.row(y), luma.row(y) + map.width, map.row(y));
    std::vector<NiqeFeatures> features(static_cast<size_t>(across) * static_cast<size_t>(down));
    std::vector<T> scratch;
    for (const int scale : {1, 2}) {
        if (scale == 2) map = halved(map);
        const Map<T> normal = normalised(map, arithmetic);
        const int side = kNiqeBlock / scale;
        for (size_t i = 0; i < features.size(); i++) {
            const int x = static_cast<int>(i) % across * side, y = static_cast<int>(i) / across * side;
            block_features(normal, x, y, side, scratch, features[i].data() + (scale == 2 ? kNiqeFeatures / 2 : 0));
        }
    }
    return features;
}

std::array<double, 4> gaussian() {
    std::array<double, 4> weights{};
    double sum = 0;
    for (int i = 0; i < 4; i++) {
        weights[static_cast<size_t>(i)] = std::exp(-i * i / (2 * kSigma * kSigma));
        sum += weights[static_cast<size_t>(i)] * (i == 0 ? 1 : 2);
    }
    for (double& weight : weights) weight /= sum;
    return weights;
}

}  // namespace

NiqeArithmetic NiqeArithmetic::basicsr() { return {gaussian(), true, 0}; }

NiqeArithmetic NiqeArithmetic::pyiqa() {
    auto weights = gaussian();
    double sum = 0;
    for (int i = -kRadius; i <= kRadius; i++) {
        for (int j = -kRadius; j <= kRadius; j++)
            sum += static_cast<float>(weights[static_cast<size_t>(std::abs(i))] *
                                      weights[static_cast<size_t>(std::abs(j))]);
    }
    for (double& weight : weights) weight *= std::sqrt(sum);
    return {weights, false, std::numeric_limits<double>::epsilon()};
}

std::vector<NiqeFeatures> niqe_features(const Plane& luma, const NiqeArithmetic& arithmetic) {
    return arithmetic.single ? features_of<float>(luma, arithmetic) : features_of<double>(luma, arithmetic);
}

}  // namespace bfr

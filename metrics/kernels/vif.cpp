#include "metrics/kernels/vif.h"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>

#include "base/error.h"
#include "base/target_clones.h"

namespace bfr {
namespace {

constexpr int kScales = 4, kBlock = 3;
constexpr size_t kBlockPixels = 9;
constexpr double kNoise = 0.4;  // variance of the eye's own noise
constexpr double kTiny = 1e-12;
// Eigenvalues of a covariance below this share of its largest one are rounding.
constexpr double kRank = 1e-12;

// Filters of matlabPyrTools' sp5Filters (Simoncelli): each one's upper left quarter with its middle row and column.
constexpr int kLow0Radius = 2, kLowRadius = 4, kBandRadius = 3;
constexpr double kLow0[] = {
    0.00341614,  -0.01551246, -0.03848215,  //
    -0.01551246, 0.05586982,  0.15925570,   //
    -0.03848215, 0.15925570,  0.40304148,
};
constexpr double kLow[] = {
    // before it's doubled
    0.00085404,  -0.00244917, -0.00387812, -0.00944432, -0.00962054,  //
    -0.00244917, -0.00523281, -0.00661117, 0.00410600,  0.01002988,   //
    -0.00387812, -0.00661117, 0.01396746,  0.03277038,  0.03981393,   //
    -0.00944432, 0.00410600,  0.03277038,  0.06426333,  0.08169618,   //
    -0.00962054, 0.01002988,  0.03981393,  0.08169618,  0.10096540,
};
constexpr double kBand[] = {
    // left to right; the other orientation is this one transposed, negative
    0.00277643, -0.00986904, -0.01021852, 0,  //
    0.00496194, -0.00893064, -0.03075356, 0,  //
    0.01026699, 0.01189859,  -0.08226445, 0,  //
    0.01455399, 0.02755155,  -0.11732297, 0,
};

struct Filter {
    int radius = 0;
    std::vector<double> weights;  // rows, all of them

    int side() const { return 2 * radius + 1; }
};

// `turn`: -1 where the right half is the negative of the left one.
Filter unfolded(const double* quarter, int radius, double scale, double turn) {
    Filter filter{radius, {}};
    for (int y = -radius; y <= radius; y++) {
        for (int x = -radius; x <= radius; x++) {
            const double weight = quarter[(radius - std::abs(y)) * (radius + 1) + radius - std::abs(x)];
            filter.weights.push_back(scale * (x > 0 ? turn * weight : weight));
        }
    }
    return filter;
}

Filter negative_transposed(const Filter& filter) {
    Filter result = filter;
    const auto n = static_cast<size_t>(filter.side());
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) result.weights[i * n + j] = -filter.weights[j * n + i];
    }
    return result;
}

struct Filters {
    Filter low0 = unfolded(kLow0, kLow0Radius, 1, 1);
    Filter low = unfolded(kLow, kLowRadius, 2, 1);
    Filter across = unfolded(kBand, kBandRadius, 1, -1);
    Filter down = negative_transposed(across);
};

const Filters& filters() {
    static const Filters made;
    return made;
}

constexpr int kChunk = 32;

// The weighted sum at kChunk places from `rows` on; more are written than n where n is less.
BFR_TARGET_CLONES
void correlate_row(const double* const* rows, const double* weights, int side, int n, double* __restrict out) {
    for (int x = 0; x < n; x += kChunk) {
        double sums[kChunk] = {};
        const double* weight = weights;
        for (int i = 0; i < side; i++) {
            for (int j = 0; j < side; j++) {
                const double w = *weight++;
                const double* from = rows[i] + x + j;
                for (int k = 0; k < kChunk; k++) sums[k] += w * from[k];
            }
        }
        std::copy(sums, sums + kChunk, out + x);
    }
}

int reflected_index(int i, int n) {
    if (i < 0) return -i;
    return i < n ? i : 2 * n - 2 - i;
}

// At every `step`-th place from the first on; the map is continued by reflection, the edge not repeated.
VifMap correlated(const VifMap& map, const Filter& filter, int step) {
    const int r = filter.radius;
    BFR_CHECK(map.width > r && map.height > r, "a map of {}x{} under a filter of {}", map.width, map.height,
              filter.side());
    VifMap padded(map.width + 2 * r + kChunk, map.height);
    for (int y = 0; y < map.height; y++) {
        for (int x = -r; x < map.width + r; x++) padded.row(y)[x + r] = map.row(y)[reflected_index(x, map.width)];
    }
    VifMap result((map.width + step - 1) / step, (map.height + step - 1) / step);
    std::vector<const double*> rows(static_cast<size_t>(filter.side()));
    std::vector<double> line(static_cast<size_t>(map.width + kChunk));
    for (int y = 0; y < result.height; y++) {
        for (int k = -r; k <= r; k++)
            rows[static_cast<size_t>(k + r)] = padded.row(reflected_index(y * step + k, map.height));
        correlate_row(rows.data(), filter.weights.data(), filter.side(), map.width, line.data());
        for (int x = 0; x < result.width; x++) result.row(y)[x] = line[static_cast<size_t>(x * step)];
    }
    return result;
}

VifMap whole_blocks(const VifMap& map) {
    VifMap result(map.width / kBlock * kBlock, map.height / kBlock * kBlock);
    for (int y = 0; y < result.height; y++) std::copy(map.row(y), map.row(y) + result.width, result.row(y));
    return result;
}

// Half the side of a window of 17, 9, 5, 3 pixels.
int window_radius(size_t band) { return 8 >> (band / 2); }
// Blocks at each border whose windows leave the band.
int border(size_t band) { return (window_radius(band) + kBlock - 1) / kBlock; }

BFR_TARGET_CLONES
void add_products(const double* __restrict a, const double* __restrict b, int n, double* __restrict sums) {
    for (int x = 0; x < n; x++) sums[x] += a[x] * b[x];
}
BFR_TARGET_CLONES
void add_values(const double* __restrict a, int n, double* __restrict sums) {
    for (int x = 0; x < n; x++) sums[x] += a[x];
}

// The sum of a, or of a b, under the window about the middle of each block, the bands continued by reflection.
VifMap window_sums(const VifMap& a, const VifMap* b, int radius) {
    VifMap sums(a.width / kBlock, a.height / kBlock);
    std::vector<double> columns(static_cast<size_t>(a.width)), padded(static_cast<size_t>(a.width + 2 * radius));
    for (int i = 0; i < sums.height; i++) {
        std::fill(columns.begin(), columns.end(), 0.0);
        for (int k = -radius; k <= radius; k++) {
            const int y = reflected_index(kBlock * i + 1 + k, a.height);
            if (b != nullptr) {
                add_products(a.row(y), b->row(y), a.width, columns.data());
            } else {
                add_values(a.row(y), a.width, columns.data());
            }
        }
        for (int x = -radius; x < a.width + radius; x++)
            padded[static_cast<size_t>(x + radius)] = columns[static_cast<size_t>(reflected_index(x, a.width))];
        for (int j = 0; j < sums.width; j++) {
            const double* from = padded.data() + kBlock * j + 1;
            double sum = 0;
            for (int k = 0; k <= 2 * radius; k++) sum += from[k];
            sums.row(i)[j] = sum;
        }
    }
    return sums;
}

constexpr int kLanes = 8;

BFR_TARGET_CLONES
double dot(const double* __restrict a, const double* __restrict b, int n) {
    double lanes[kLanes] = {};
    int x = 0;
    for (; x + kLanes <= n; x += kLanes) {
        for (int k = 0; k < kLanes; k++) lanes[k] += a[x + k] * b[x + k];
    }
    for (int k = 0; x < n; x++, k++) lanes[k] += a[x] * b[x];
    return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

double sum(const double* a, int n) {
    double total = 0;
    for (int x = 0; x < n; x++) total += a[x];
    return total;
}

// Covariance of the nine pixels of every 3x3 neighbourhood.
cv::Mat neighbourhood_covariance(const VifMap& band) {
    const int n = band.width - kBlock + 1, rows = band.height - kBlock + 1;
    const double count = static_cast<double>(n) * rows;
    double means[kBlockPixels] = {}, products[kBlockPixels][kBlockPixels] = {};
    for (int y = 0; y < rows; y++) {
        const double* at[kBlockPixels];
        for (int p = 0; p < 9; p++) at[p] = band.row(y + p / kBlock) + p % kBlock;
        for (size_t p = 0; p < kBlockPixels; p++) {
            means[p] += sum(at[p], n);
            for (size_t q = p; q < kBlockPixels; q++) products[p][q] += dot(at[p], at[q], n);
        }
    }
    cv::Mat covariance(9, 9, CV_64F);
    for (size_t p = 0; p < kBlockPixels; p++) {
        for (size_t q = p; q < kBlockPixels; q++) {
            const double value = products[p][q] / count - means[p] / count * (means[q] / count);
            covariance.at<double>(static_cast<int>(p), static_cast<int>(q)) = value;
            covariance.at<double>(static_cast<int>(q), static_cast<int>(p)) = value;
        }
    }
    return covariance;
}

void model_blocks(VifReference::Band& model) {
    cv::Mat values, vectors;
    cv::eigen(neighbourhood_covariance(model.band), values, vectors);
    const double least = std::max(values.at<double>(0), 0.0) * kRank;
    // Rows scaled so that the squares of their products with a block add up to its energy.
    std::array<std::array<double, kBlockPixels>, kBlockPixels> whitening{};
    for (size_t j = 0; j < kBlockPixels; j++) {
        const double value = values.at<double>(static_cast<int>(j));
        if (value <= least) continue;
        model.variances[j] = value;
        for (size_t p = 0; p < kBlockPixels; p++)
            whitening[j][p] = vectors.at<double>(static_cast<int>(j), static_cast<int>(p)) / std::sqrt(value);
    }
    model.energy = VifMap(model.band.width / kBlock, model.band.height / kBlock);
    for (int i = 0; i < model.energy.height; i++) {
        for (int j = 0; j < model.energy.width; j++) {
            double block[kBlockPixels], energy = 0;
            for (int p = 0; p < 9; p++) block[p] = model.band.row(kBlock * i + p / kBlock)[kBlock * j + p % kBlock];
            for (const auto& row : whitening) {
                double product = 0;
                for (size_t p = 0; p < kBlockPixels; p++) product += row[p] * block[p];
                energy += product * product;
            }
            model.energy.row(i)[j] = energy / static_cast<double>(kBlockPixels);
        }
    }
}

// Bits of nine channels, each of signal-to-noise ratio `strength` times its variance.
double bits(double strength, const std::array<double, 9>& variances) {
    double product = 1;
    for (const double variance : variances) product *= 1 + strength * variance;
    return std::log2(product);
}

}  // namespace

VifBands vif_bands(const Plane& luma) {
    BFR_CHECK(std::min(luma.width, luma.height) >= kVifMinSide, "a plane of {}x{}", luma.width, luma.height);
    VifMap picture(luma.width, luma.height);
    std::copy(luma.values.begin(), luma.values.end(), picture.values.begin());
    VifMap low = correlated(picture, filters().low0, 1);
    VifBands bands;
    for (size_t scale = 0; scale < kScales; scale++) {
        if (scale > 0) low = correlated(low, filters().low, 2);
        bands[2 * scale] = whole_blocks(correlated(low, filters().across, 1));
        bands[2 * scale + 1] = whole_blocks(correlated(low, filters().down, 1));
    }
    return bands;
}

VifReference vif_reference(const Plane& luma) {
    VifReference reference;
    VifBands bands = vif_bands(luma);
    for (size_t b = 0; b < bands.size(); b++) {
        auto& model = reference.bands[b];
        model.band = std::move(bands[b]);
        model.sum = window_sums(model.band, nullptr, window_radius(b));
        model.square = window_sums(model.band, &model.band, window_radius(b));
        model_blocks(model);
        const int edge = border(b);
        for (int i = edge; i < model.energy.height - edge; i++) {
            for (int j = edge; j < model.energy.width - edge; j++)
                reference.information += bits(model.energy.row(i)[j] / kNoise, model.variances);
        }
    }
    return reference;
}

std::optional<double> visual_information_fidelity(const VifBands& restored, const VifReference& reference) {
    if (reference.information <= 0) return std::nullopt;
    double information = 0;
    for (size_t b = 0; b < restored.size(); b++) {
        const auto& model = reference.bands[b];
        const VifMap& band = restored[b];
        BFR_CHECK(band.width == model.band.width && band.height == model.band.height, "bands of {}x{} and {}x{}",
                  band.width, band.height, model.band.width, model.band.height);
        const int radius = window_radius(b), edge = border(b);
        const double count = (2.0 * radius + 1) * (2.0 * radius + 1);
        const VifMap sums = window_sums(band, nullptr, radius), squares = window_sums(band, &band, radius),
                     products = window_sums(band, &model.band, radius);
        for (int i = edge; i < sums.height - edge; i++) {
            for (int j = edge; j < sums.width - edge; j++) {
                const double x = model.sum.row(i)[j], y = sums.row(i)[j];
                const double xy = products.row(i)[j] - x * y / count;
                const double xx = std::max(model.square.row(i)[j] - x * x / count, 0.0);
                const double yy = std::max(squares.row(i)[j] - y * y / count, 0.0);
                // The restored band is taken to be the reference's times a gain, plus noise.
                double gain = xy / (xx + kTiny), noise = (yy - gain * xy) / count;
                if (xx < kTiny) gain = 0, noise = yy;
                if (yy < kTiny) gain = 0, noise = 0;
                if (gain < 0) gain = 0, noise = yy;
                noise = std::max(noise, kTiny);
                information += bits(gain * gain * model.energy.row(i)[j] / (noise + kNoise), model.variances);
            }
        }
    }
    return information / (reference.information + kTiny);
}

}  // namespace bfr

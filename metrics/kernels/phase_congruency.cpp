#include "metrics/kernels/phase_congruency.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numbers>

#include "base/target_clones.h"

namespace bfr {
namespace {

constexpr double kFinestWavelength = 6, kBetweenScales = 2, kBandwidth = 0.55;
constexpr double kAngularDeviation = std::numbers::pi / (kGaborOrientations * 1.2);
constexpr double kLowPassCutoff = 0.45, kLowPassOrder = 15;
constexpr double kNoiseDeviations = 2, kNoiseOverestimate = 1.7;
constexpr float kEpsilon = std::numeric_limits<float>::epsilon();

// The frequency at an index. A side of odd length is divided by one less than itself, as the tool does.
double frequency(int i, int n) {
    const int signed_index = i < (n + 1) / 2 ? i : i - n;
    return static_cast<double>(signed_index) / (n % 2 == 1 ? n - 1 : n);
}

// The part of a transfer function whose impulse response is real, at one frequency.
double even_part(const float* transfer, int x, int y, int width, int height) {
    const auto at = [&](int row, int column) {
        return static_cast<double>(
            transfer[static_cast<size_t>(row) * static_cast<size_t>(width) + static_cast<size_t>(column)]);
    };
    return (at(y, x) + at((height - y) % height, (width - x) % width)) / 2;
}

// The lower median of n values that are not negative. Their bits are ordered as they are: the upper ones find the bin
// of the median, which is then sorted alone.
float lower_median(const float* values, size_t n) {
    constexpr unsigned kShift = 19;
    std::vector<uint32_t> counts(size_t{1} << (31 - kShift));
    const auto bin = [](float v) { return std::bit_cast<uint32_t>(v) >> kShift; };
    for (size_t i = 0; i < n; i++) counts[bin(values[i])]++;
    size_t rank = (n - 1) / 2;
    uint32_t wanted = 0;
    while (rank >= counts[wanted]) rank -= counts[wanted++];
    std::vector<float> candidates;
    for (size_t i = 0; i < n; i++) {
        if (bin(values[i]) == wanted) candidates.push_back(values[i]);
    }
    const auto middle = candidates.begin() + static_cast<ptrdiff_t>(rank);
    std::nth_element(candidates.begin(), middle, candidates.end());
    return *middle;
}

// Adds an orientation's amplitudes to `amplitudes`; writes its energy, before the noise is taken off, and the finest
// scale's squared amplitudes.
BFR_TARGET_CLONES
void combine_scales(const float* __restrict s0, const float* __restrict s1, const float* __restrict s2,
                    const float* __restrict s3, int n, float* __restrict energy, float* __restrict finest,
                    float* __restrict amplitudes) {
    for (int i = 0; i < n; i++) {
        const float e0 = s0[2 * i], o0 = s0[2 * i + 1], e1 = s1[2 * i], o1 = s1[2 * i + 1];
        const float e2 = s2[2 * i], o2 = s2[2 * i + 1], e3 = s3[2 * i], o3 = s3[2 * i + 1];
        const float even = ((e0 + e1) + e2) + e3, odd = ((o0 + o1) + o2) + o3;
        const float size = std::sqrt(even * even + odd * odd) + kEpsilon;
        const float me = even / size, mo = odd / size;
        const float q0 = e0 * e0 + o0 * o0;
        finest[i] = q0;
        amplitudes[i] += ((std::sqrt(q0) + std::sqrt(e1 * e1 + o1 * o1)) + std::sqrt(e2 * e2 + o2 * o2)) +
                         std::sqrt(e3 * e3 + o3 * o3);
        energy[i] =
            ((e0 * me + o0 * mo - std::abs(e0 * mo - o0 * me)) + (e1 * me + o1 * mo - std::abs(e1 * mo - o1 * me))) +
            ((e2 * me + o2 * mo - std::abs(e2 * mo - o2 * me)) + (e3 * me + o3 * mo - std::abs(e3 * mo - o3 * me)));
    }
}

BFR_TARGET_CLONES
void add_above(const float* __restrict energy, float threshold, int n, float* __restrict total) {
    for (int i = 0; i < n; i++) {
        const float above = energy[i] - threshold;
        total[i] += above > 0 ? above : 0.0F;
    }
}

}  // namespace

LogGabors make_log_gabors(int width, int height) {
    LogGabors gabors{width, height, {}, {}};
    const size_t n = static_cast<size_t>(width) * static_cast<size_t>(height);
    gabors.transfer.resize(kGaborOrientations * kGaborScales * n);
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            // The tool takes the angle from the rows' axis.
            const double fy = frequency(y, height), fx = frequency(x, width), angle = std::atan2(-fx, fy);
            const bool zero = x == 0 && y == 0;
            const double radius = zero ? 1 : std::sqrt(fx * fx + fy * fy);
            const double low_pass = 1 / (1 + std::pow(radius / kLowPassCutoff, 2 * kLowPassOrder));
            const size_t at = static_cast<size_t>(y) * static_cast<size_t>(width) + static_cast<size_t>(x);
            double radial[kGaborScales];
            for (int s = 0; s < kGaborScales; s++) {
                const double octaves = std::log(radius * kFinestWavelength * std::pow(kBetweenScales, s));
                const double bandwidth = std::log(kBandwidth);
                radial[s] = zero ? 0 : std::exp(-octaves * octaves / (2 * bandwidth * bandwidth)) * low_pass;
            }
            for (int o = 0; o < kGaborOrientations; o++) {
                const double along = o * std::numbers::pi / kGaborOrientations;
                const double away = std::remainder(angle - along, 2 * std::numbers::pi);
                const double spread = std::exp(-away * away / (2 * kAngularDeviation * kAngularDeviation));
                for (int s = 0; s < kGaborScales; s++) {
                    gabors.transfer[static_cast<size_t>(o * kGaborScales + s) * n + at] =
                        static_cast<float>(spread * radial[s] / static_cast<double>(n));
                }
            }
        }
    }
    // The noise's power is estimated at the finest scale, from a median of a chi-squared variable of two degrees, and
    // spread over the scales by the overlap of their real impulse responses: Parseval's sums.
    for (int o = 0; o < kGaborOrientations; o++) {
        const float* scales[kGaborScales];
        for (int s = 0; s < kGaborScales; s++)
            scales[s] = gabors.transfer.data() + static_cast<size_t>(o * kGaborScales + s) * n;
        double finest = 0, squares = 0, overlaps = 0;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                const double at =
                    scales[0][static_cast<size_t>(y) * static_cast<size_t>(width) + static_cast<size_t>(x)];
                finest += at * at;
                double even[kGaborScales], total = 0;
                for (int s = 0; s < kGaborScales; s++) {
                    even[s] = even_part(scales[s], x, y, width, height);
                    overlaps += even[s] * total;
                    total += even[s];
                    squares += even[s] * even[s];
                }
            }
        }
        const double power = 1 / std::numbers::ln2 / finest;
        const double rayleigh = std::sqrt(power * (squares + 2 * overlaps));
        gabors.threshold[static_cast<size_t>(o)] =
            rayleigh * (std::sqrt(std::numbers::pi / 2) + kNoiseDeviations * std::sqrt(2 - std::numbers::pi / 2)) /
            kNoiseOverestimate;
    }
    return gabors;
}

PhaseCongruency::PhaseCongruency(const LogGabors& gabors) : gabors_(gabors) {
    const size_t n = static_cast<size_t>(gabors.width) * static_cast<size_t>(gabors.height);
    for (auto* plane : {&energy_, &finest_, &energies_, &amplitudes_}) plane->resize(n);
}

void PhaseCongruency::add(int orientation, const float* responses) {
    const size_t n = energy_.size();
    const int count = static_cast<int>(n);
    combine_scales(responses, responses + 2 * n, responses + 4 * n, responses + 6 * n, count, energy_.data(),
                   finest_.data(), amplitudes_.data());
    const double threshold = std::sqrt(static_cast<double>(lower_median(finest_.data(), n))) *
                             gabors_.threshold[static_cast<size_t>(orientation)];
    add_above(energy_.data(), static_cast<float>(threshold), count, energies_.data());
}

Plane PhaseCongruency::result() const {
    Plane result(gabors_.width, gabors_.height);
    for (size_t i = 0; i < result.values.size(); i++)
        result.values[i] = (energies_[i] + kEpsilon) / (amplitudes_[i] + kEpsilon);
    return result;
}

}  // namespace bfr

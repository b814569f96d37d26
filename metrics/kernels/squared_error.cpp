#include "metrics/kernels/squared_error.h"

#include <algorithm>

#include "base/target_clones.h"

namespace bfr {
namespace {

// 65,536 squares of at most 255^2 fit 32 bits.
constexpr int kBlock = 65536;
constexpr int kLanes = 8;

BFR_TARGET_CLONES
uint32_t squares(const uint8_t* __restrict a, const uint8_t* __restrict b, int n) {
    uint32_t sum = 0;
    for (int i = 0; i < n; i++) {
        const int d = static_cast<int>(a[i]) - static_cast<int>(b[i]);
        sum += static_cast<uint32_t>(d * d);
    }
    return sum;
}

BFR_TARGET_CLONES
double squares(const float* __restrict a, const float* __restrict b, size_t n) {
    double lanes[kLanes] = {};
    size_t i = 0;
    for (; i + kLanes <= n; i += kLanes) {
        for (size_t k = 0; k < kLanes; k++) {
            const double d = static_cast<double>(a[i + k]) - static_cast<double>(b[i + k]);
            lanes[k] += d * d;
        }
    }
    for (size_t k = 0; i < n; i++, k++) {
        const double d = static_cast<double>(a[i]) - static_cast<double>(b[i]);
        lanes[k] += d * d;
    }
    return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

}  // namespace

double mean_squared_error(const Bgr8View& a, const Bgr8View& b) {
    uint64_t sum = 0;
    for (int y = 0; y < a.height; y++) {
        for (int x = 0; x < 3 * a.width; x += kBlock) {
            sum += squares(a.row(y) + x, b.row(y) + x, std::min(kBlock, 3 * a.width - x));
        }
    }
    return static_cast<double>(sum) / (3.0 * a.width * a.height);
}

double mean_squared_error(const Plane& a, const Plane& b) {
    return squares(a.values.data(), b.values.data(), a.values.size()) / static_cast<double>(a.values.size());
}

}  // namespace bfr

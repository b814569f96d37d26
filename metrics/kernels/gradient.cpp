#include "metrics/kernels/gradient.h"

#include <cmath>

#include "base/error.h"

namespace bfr {

Plane prewitt_magnitudes(const Plane& luma) {
    const Plane means = block_means(luma, 2);
    Plane result(means.width, means.height);
    const auto at = [&](int x, int y) -> double {
        return x < 0 || y < 0 || x >= means.width || y >= means.height ? 0.0 : means.row(y)[x];
    };
    for (int y = 0; y < means.height; y++) {
        for (int x = 0; x < means.width; x++) {
            double across = 0, down = 0;
            for (int k = -1; k <= 1; k++) {
                across += at(x - 1, y + k) - at(x + 1, y + k);
                down += at(x + k, y - 1) - at(x + k, y + 1);
            }
            result.row(y)[x] = static_cast<float>(std::sqrt(across * across / 9 + down * down / 9 + 1e-12));
        }
    }
    return result;
}

double similarity_deviation(const Plane& a, const Plane& b) {
    constexpr double kC = 170;
    const size_t n = a.values.size();
    BFR_CHECK(a.width == b.width && a.height == b.height && n > 1, "gradients of {}x{} and {}x{}", a.width, a.height,
              b.width, b.height);
    std::vector<double> similarity(n);
    double mean = 0;
    for (size_t i = 0; i < n; i++) {
        const double x = a.values[i], y = b.values[i];
        similarity[i] = (2 * x * y + kC) / (x * x + y * y + kC);
        mean += similarity[i];
    }
    mean /= static_cast<double>(n);
    double squares = 0;
    for (const double value : similarity) squares += (value - mean) * (value - mean);
    return std::sqrt(squares / static_cast<double>(n - 1));
}

}  // namespace bfr

#include "metrics/sets/infinity.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace bfr {

InfinityLine infinity_line(std::span<const SizedDistance> points) {
    const auto count = static_cast<double>(points.size());
    double x = 0, y = 0;
    for (const auto& point : points) {
        x += 1 / static_cast<double>(point.n) / count;
        y += point.distance / count;
    }
    double xx = 0, xy = 0;
    for (const auto& point : points) {
        const double dx = 1 / static_cast<double>(point.n) - x;
        xx += dx * dx;
        xy += dx * (point.distance - y);
    }
    BFR_CHECK(xx > 0, "a line needs two sizes");
    InfinityLine line{xy / xx, y - xy / xx * x, 0};
    for (const auto& point : points) {
        line.residual = std::max(line.residual,
                                 std::abs(point.distance - line.intercept - line.slope / static_cast<double>(point.n)));
    }
    return line;
}

std::vector<int64_t> even_sizes(int64_t first, int64_t last, int64_t count) {
    std::vector<int64_t> sizes;
    for (int64_t i = 0; i < count; i++) sizes.push_back(first + (last - first) * i / (count - 1));
    return sizes;
}

}  // namespace bfr

#include "metrics/kernels/plane.h"

#include <algorithm>
#include <cstdlib>

#include "base/target_clones.h"

namespace bfr {
namespace {

int reflect(int i, int n) {
    i = std::abs(i);
    return i < n ? i : 2 * (n - 1) - i;
}

// Means of two rows' 2x2 pixels.
BFR_TARGET_CLONES
void halve_rows(const float* __restrict above, const float* __restrict below, int n, float* __restrict out) {
    for (int x = 0; x < n; x++) {
        const double sum = static_cast<double>(above[2 * x]) + above[2 * x + 1] + below[2 * x] + below[2 * x + 1];
        out[x] = static_cast<float>(sum / 4);
    }
}

}  // namespace

Plane cropped(const Plane& plane, int border) {
    Plane result(plane.width - 2 * border, plane.height - 2 * border);
    for (int y = 0; y < result.height; y++) std::copy_n(plane.row(y + border) + border, result.width, result.row(y));
    return result;
}

Plane reflected(const Plane& plane, int border) {
    Plane result(plane.width + 2 * border, plane.height + 2 * border);
    for (int y = 0; y < result.height; y++) {
        const float* from = plane.row(reflect(y - border, plane.height));
        float* to = result.row(y);
        std::copy_n(from, plane.width, to + border);
        for (int x = 0; x < border; x++) {
            to[x] = from[reflect(x - border, plane.width)];
            to[border + plane.width + x] = from[reflect(plane.width + x, plane.width)];
        }
    }
    return result;
}

Plane surrounded_by_zeros(const Plane& plane, int border) {
    Plane result(plane.width + 2 * border, plane.height + 2 * border);
    for (int y = 0; y < plane.height; y++) std::copy_n(plane.row(y), plane.width, result.row(y + border) + border);
    return result;
}

Plane block_means(const Plane& plane, int block) {
    Plane result(plane.width / block, plane.height / block);
    for (int y = 0; y < result.height; y++) {
        if (block == 2) {
            halve_rows(plane.row(2 * y), plane.row(2 * y + 1), result.width, result.row(y));
            continue;
        }
        for (int x = 0; x < result.width; x++) {
            double sum = 0;
            for (int dy = 0; dy < block; dy++) {
                const float* from = plane.row(y * block + dy) + x * block;
                for (int dx = 0; dx < block; dx++) sum += from[dx];
            }
            result.row(y)[x] = static_cast<float>(sum / (block * block));
        }
    }
    return result;
}

Plane halved_after_zeros(const Plane& plane) {
    const int pad_x = plane.width % 2, pad_y = plane.height % 2;
    Plane result((plane.width + pad_x) / 2, (plane.height + pad_y) / 2);
    const std::vector<float> zeros(static_cast<size_t>(plane.width), 0.0F);
    for (int y = 0; y < result.height; y++) {
        const float* below = plane.row(2 * y + 1 - pad_y);
        const float* above = 2 * y < pad_y ? zeros.data() : plane.row(2 * y - pad_y);
        float* to = result.row(y);
        if (pad_x) to[0] = (above[0] + below[0]) * 0.25F;
        for (int x = pad_x; x < result.width; x++) {
            const int from = 2 * x - pad_x;
            to[x] = (above[from] + above[from + 1] + below[from] + below[from + 1]) * 0.25F;
        }
    }
    return result;
}

}  // namespace bfr

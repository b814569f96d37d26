#include "nets/kernels/depthwise.h"

#include <algorithm>

namespace bfr::nets {

BFR_TARGET_CLONES void depthwise_rows(const DepthwiseShape& shape, const float* picture, const float* weights,
                                      int64_t begin, int64_t end, const ConvOutput& to) {
    const int64_t columns = whole_lanes(shape.channels);
    for (int64_t y = begin; y < end; y++) {
        const int64_t top = y * shape.stride - shape.before;
        const int64_t first_row = std::max<int64_t>(0, -top), last_row = std::min(shape.kernel, shape.height - top);
        for (int64_t c = 0; c < shape.channels; c += kLanes) {  // outside: its weights stay in the nearest cache
            const int64_t count = std::min(kLanes, shape.channels - c);
            for (int64_t x = 0; x < shape.out_width; x++) {
                const int64_t left = x * shape.stride - shape.before;
                const int64_t first = std::max<int64_t>(0, -left), last = std::min(shape.kernel, shape.width - left);
                Lanes sum = {};
                for (int64_t i = first_row; i < last_row; i++) {
                    const float* const row = picture + ((top + i) * shape.width + left) * shape.channels + c;
                    const float* const taps = weights + i * shape.kernel * columns + c;
                    for (int64_t j = first; j < last; j++) {
                        Lanes v;
                        load(v, row + j * shape.channels, count);
                        sum += v * *reinterpret_cast<const Lanes*>(taps + j * columns);
                    }
                }
                const int64_t pixel = y * shape.out_width + x;
                apply(to.with, sum, c, count, pixel);
                store(to.picture + pixel * to.channels + to.first + c, sum, count);
            }
        }
    }
}

}  // namespace bfr::nets

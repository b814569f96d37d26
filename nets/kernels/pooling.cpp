#include "nets/kernels/pooling.h"

#include <algorithm>
#include <cmath>

#include "nets/kernels/lanes.h"

namespace bfr::nets {

BFR_TARGET_CLONES void max_pool_rows(const PoolShape& shape, int64_t kernel, const float* picture, int64_t begin,
                                     int64_t end, float* to) {
    const int64_t channels = shape.channels, row = shape.width * channels;
    for (int64_t y = begin; y < end; y++) {
        const int64_t top = 2 * y, rows = std::min(kernel, shape.height - top);
        for (int64_t x = 0; x < shape.out_width; x++) {
            const int64_t left = 2 * x, columns = std::min(kernel, shape.width - left);
            const float* const from = picture + top * row + left * channels;
            float* const result = to + (y * shape.out_width + x) * channels;
            for (int64_t c = 0; c < channels; c += kLanes) {
                const int64_t count = std::min(kLanes, channels - c);
                Lanes largest;
                load(largest, from + c, count);
                for (int64_t i = 0; i < rows; i++) {
                    for (int64_t j = 0; j < columns; j++) {
                        Lanes v;
                        load(v, from + i * row + j * channels + c, count);
                        largest = v > largest ? v : largest;
                    }
                }
                store(result + c, largest, count);
            }
        }
    }
}

BFR_TARGET_CLONES void l2_pool_rows(const PoolShape& shape, const float* picture, int64_t begin, int64_t end,
                                    float* to) {
    constexpr float kWeight[3] = {0.25F, 0.5F, 0.25F};
    const int64_t channels = shape.channels, row = shape.width * channels;
    for (int64_t y = begin; y < end; y++) {
        const int64_t top = std::max<int64_t>(0, 2 * y - 1), bottom = std::min(shape.height, 2 * y + 2);
        for (int64_t x = 0; x < shape.out_width; x++) {
            const int64_t left = std::max<int64_t>(0, 2 * x - 1), right = std::min(shape.width, 2 * x + 2);
            float* const result = to + (y * shape.out_width + x) * channels;
            for (int64_t c = 0; c < channels; c += kLanes) {
                const int64_t count = std::min(kLanes, channels - c);
                Lanes sum = {};
                for (int64_t i = top; i < bottom; i++) {
                    Lanes line = {};
                    for (int64_t j = left; j < right; j++) {
                        Lanes v;
                        load(v, picture + i * row + j * channels + c, count);
                        line += kWeight[j - 2 * x + 1] * (v * v);
                    }
                    sum += kWeight[i - 2 * y + 1] * line;
                }
                float values[kLanes];
                store(values, sum, kLanes);
                for (float& value : values) value = std::sqrt(value + 1e-12F);
                Lanes roots;
                load(roots, values, kLanes);
                store(result + c, roots, count);
            }
        }
    }
}

}  // namespace bfr::nets

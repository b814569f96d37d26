#include "nets/kernels/pooling.h"

#include <algorithm>
#include <cmath>

#include "nets/kernels/lanes.h"

namespace bfr::nets {

namespace {

template <bool kMean>
BFR_INLINE void pool_rows(const PoolShape& shape, const float* picture, int64_t begin, int64_t end,
                          const ConvOutput& to) {
    const int64_t channels = shape.channels, row = shape.width * channels;
    for (int64_t y = begin; y < end; y++) {
        const int64_t above = y * shape.stride - shape.border, top = std::max<int64_t>(0, above),
                      rows = std::min(shape.height, above + shape.kernel) - top;
        for (int64_t x = 0; x < shape.out_width; x++) {
            const int64_t before = x * shape.stride - shape.border, left = std::max<int64_t>(0, before),
                          columns = std::min(shape.width, before + shape.kernel) - left;
            const float* const from = picture + top * row + left * channels;
            const int64_t pixel = y * shape.out_width + x;
            for (int64_t c = 0; c < channels; c += kLanes) {
                const int64_t count = std::min(kLanes, channels - c);
                Lanes result = {};
                if (!kMean) load(result, from + c, count);
                for (int64_t i = 0; i < rows; i++) {
                    for (int64_t j = 0; j < columns; j++) {
                        Lanes v;
                        load(v, from + i * row + j * channels + c, count);
                        result = kMean ? result + v : v > result ? v : result;
                    }
                }
                if (kMean) result /= static_cast<float>(rows * columns);
                apply(to.with, result, c, count, pixel);
                store(to.picture + pixel * to.channels + to.first + c, result, count);
            }
        }
    }
}

}  // namespace

BFR_TARGET_CLONES void max_pool_rows(const PoolShape& shape, const float* picture, int64_t begin, int64_t end,
                                     const ConvOutput& to) {
    pool_rows<false>(shape, picture, begin, end, to);
}

BFR_TARGET_CLONES void mean_pool_rows(const PoolShape& shape, const float* picture, int64_t begin, int64_t end,
                                      const ConvOutput& to) {
    pool_rows<true>(shape, picture, begin, end, to);
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

#include "nets/kernels/softmax.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace bfr::nets {
namespace {

std::vector<float> scores(int64_t count, float spread) {
    std::vector<float> values(static_cast<size_t>(count));
    for (size_t i = 0; i < values.size(); i++)
        values[i] = spread * std::sin(static_cast<float>(7 * i + 3)) - 2 * spread;
    return values;
}

TEST(SoftmaxWeights, AreThoseOfTheFormula) {
    for (const int64_t count : {1, 2, 7, 15, 16, 17, 64, 100}) {
        for (const float spread : {0.0F, 1.0F, 30.0F, 1e4F}) {
            for (const float scale : {1.0F, 0.125F}) {
                std::vector<float> row = scores(count, spread);
                const std::vector<float> given = row;
                const float factor = softmax_weights(row.data(), count, scale);
                const double largest = *std::ranges::max_element(given);
                double total = 0;
                for (const float value : given) total += std::exp(scale * (static_cast<double>(value) - largest));
                for (size_t i = 0; i < row.size(); i++) {
                    const double wanted = std::exp(scale * (static_cast<double>(given[i]) - largest)) / total;
                    EXPECT_NEAR(factor * row[i], wanted, 2e-6) << count << " " << spread << " " << i;
                }
            }
        }
    }
}

// What lies behind a row is nobody's: neither read into the sum nor written.
TEST(SoftmaxWeights, LeaveWhatLiesBehind) {
    std::vector<float> row = scores(40, 2), alone(row.begin(), row.begin() + 21);
    row[21] = 1e9F;
    const float behind = row[21], factor = softmax_weights(row.data(), 21, 1);
    EXPECT_EQ(factor, softmax_weights(alone.data(), 21, 1));
    EXPECT_TRUE(std::equal(alone.begin(), alone.end(), row.begin()));
    EXPECT_EQ(row[21], behind);
}

}  // namespace
}  // namespace bfr::nets

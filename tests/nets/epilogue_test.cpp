// Rows of pictures through a layer's end, forward and back, on buffers of exactly their size.
#include "nets/kernels/epilogue.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace bfr::nets {
namespace {

using Floats = std::vector<float>;

constexpr int64_t kWidth = 5, kBefore = 3;  // pixels of the row, and of the picture before it

Floats drawn(int64_t count, const std::string& name, uint32_t round) {
    const Draw draw(7, "epilogue", name, 0, round);
    Floats values(static_cast<size_t>(count));
    draw.fill_normal(values);
    return values;
}

template <class T>
std::vector<T> as(const Floats& values) {
    std::vector<T> result(values.size());
    for (size_t i = 0; i < values.size(); i++) {
        Lanes v;
        load(v, &values[i], 1);
        store(&result[i], v, 1);
    }
    return result;
}

template <class T>
double value(const T& of) {
    Lanes v;
    load(v, &of, 1);
    return static_cast<double>(v[0]);
}

// All parts, or those whose bit `round` has.
template <class T>
struct Layer {
    Layer(int64_t count, uint32_t round) : channels(count) {
        const auto part = [&](uint32_t bit, const Floats& values) {
            return (round >> bit) % 2 == 1 ? values.data() : nullptr;
        };
        with = {.scale = part(0, scale),
                .first_bias = part(1, first_bias),
                .bias = part(2, bias),
                .noise = part(3, noise),
                .noise_weight = 0.7F,
                .slope = part(4, slope),
                .gain = 1.5F,
                .add_channels = channels};
        if ((round >> 5) % 2 == 1) with.add = {other.data()};
    }

    int64_t channels, lanes = whole_lanes(channels);
    Floats scale = drawn(lanes, "scale", 0), first_bias = drawn(lanes, "first_bias", 0), bias = drawn(lanes, "bias", 0),
           slope = drawn(lanes, "slope", 0), noise = drawn(kBefore + kWidth, "noise", 0);
    std::vector<T> other = as<T>(drawn((kBefore + kWidth) * channels, "other", 0));
    Epilogue<T> with;
};

// The sums that a row's gradients add up to, as doubles.
struct Sums {
    std::vector<double> scale, first_bias, bias;
    double noise_weight = 0;
};

template <class T>
void check(int64_t channels, uint32_t round, double tolerance) {
    const Layer<T> layer(channels, round);
    const auto& with = layer.with;
    const PictureRow row{kBefore, kWidth, channels};
    const auto from = as<T>(drawn(kWidth * channels, "from", round)),
               given = as<T>(drawn(kWidth * channels, "gradient", round));
    std::vector<T> result(from.size()), in_place = from, gradient(from.size());
    apply_to_row(with, row, from.data(), result.data());
    apply_to_row(with, row, in_place.data(), in_place.data());
    Floats of_scale(static_cast<size_t>(layer.lanes)), of_first_bias = of_scale, of_bias = of_scale;
    float of_noise_weight = 0;
    gradient_of_row(with, row, from.data(), given.data(), gradient.data(),
                    {of_scale.data(), of_first_bias.data(), of_bias.data(), with.noise ? &of_noise_weight : nullptr});

    const auto size = static_cast<size_t>(channels);
    Sums sums{std::vector<double>(size), std::vector<double>(size), std::vector<double>(size)};
    for (size_t i = 0; i < from.size(); i++) {
        const size_t c = i % size, pixel = kBefore + i / size;
        const double x = value(from[i]), g = value(given[i]);
        double v = x, first_slope = 1, last_slope = 1;
        if (with.scale) v *= layer.scale[c];
        if (with.first_bias) {
            v += layer.first_bias[c];
            first_slope = std::sqrt(2.0) * (v > 0 ? 1 : 0.2);
            v *= first_slope;
        }
        if (with.bias) v += layer.bias[c];
        if (with.noise) v += 0.7 * layer.noise[pixel];
        if (with.slope) last_slope = 1.5 * (v > 0 ? 1.0 : static_cast<double>(layer.slope[c]));
        v *= last_slope;
        if (!with.add.empty()) v += value(layer.other[pixel * size + c]);
        ASSERT_NEAR(value(result[i]), v, tolerance * std::max(1.0, std::abs(v)));
        ASSERT_EQ(value(in_place[i]), value(result[i]));

        const double second = g * last_slope, first = second * first_slope,
                     wanted = first * (with.scale ? layer.scale[c] : 1);
        ASSERT_NEAR(value(gradient[i]), wanted, tolerance * std::max(1.0, std::abs(wanted)));
        sums.bias[c] += second;
        if (with.noise) sums.noise_weight += second * layer.noise[pixel];
        sums.first_bias[c] += first;
        sums.scale[c] += first * x;
    }
    for (size_t c = 0; c < size; c++) {
        EXPECT_NEAR(of_scale[c], sums.scale[c], 1e-4);
        EXPECT_NEAR(of_first_bias[c], sums.first_bias[c], 1e-4);
        EXPECT_NEAR(of_bias[c], sums.bias[c], 1e-4);
    }
    EXPECT_NEAR(of_noise_weight, sums.noise_weight, 1e-3);
}

TEST(Epilogue, RowsStayInTheirBuffersForwardAndBack) {
    for (const int64_t channels : {1, 15, 16, 33}) {
        for (uint32_t round = 0; round < 64; round++) {
            SCOPED_TRACE(::testing::Message() << channels << " channels, parts " << round);
            check<float>(channels, round, 1e-5);
            check<BFloat16Bits>(channels, round, 0.005);
        }
    }
}

}  // namespace
}  // namespace bfr::nets

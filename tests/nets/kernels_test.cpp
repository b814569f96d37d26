// The networks' kernels on plain memory, every buffer as large as its contract says and no larger: for the sanitizers
// too, which this program is built with (script/sanitize), and therefore without LibTorch.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/random.h"
#include "nets/kernels/direct.h"
#include "nets/kernels/feature_distance.h"
#include "nets/kernels/gemm.h"
#include "nets/kernels/pooling.h"
#include "nets/kernels/winograd.h"

namespace bfr::nets {
namespace {

using Floats = std::vector<float>;

Floats drawn(size_t count, const std::string& name, uint32_t round) {
    const Draw draw(7, "kernels", name, 0, round);
    Floats values(count);
    draw.fill_normal(values);
    return values;
}

struct Problem {
    int64_t height, width, in, out, kernel_height, kernel_width, stride, above, before, dilation;

    int64_t out_height() const { return (height + 2 * above - reach(kernel_height)) / stride + 1; }
    int64_t out_width() const { return (width + 2 * before - reach(kernel_width)) / stride + 1; }
    int64_t pixels() const { return out_height() * out_width(); }
    int64_t taps() const { return kernel_height * kernel_width; }
    int64_t reach(int64_t kernel) const { return (kernel - 1) * dilation + 1; }
};

std::ostream& operator<<(std::ostream& to, const Problem& p) {
    return to << p.height << "x" << p.width << "x" << p.in << " to " << p.out << ", kernel " << p.kernel_height << "x"
              << p.kernel_width << ", stride " << p.stride << ", padding " << p.above << " and " << p.before
              << ", dilation " << p.dilation;
}

// Pictures of 1 to 21 pixels a side, odd numbers of channels, dilations wider than the picture, any border.
Problem random_problem(uint32_t round, bool winograd) {
    const Draw draw(7, "kernels", winograd ? "winograd" : "direct", 0, round);
    const auto from = [&](uint64_t i, int64_t lo, int64_t hi) {
        return lo + static_cast<int64_t>(draw.integer(i, static_cast<uint64_t>(hi - lo + 1)));
    };
    Problem p{from(0, 1, 21), from(1, 1, 21), from(2, 1, 70), from(3, 1, 100), 0, 0, 1, 0, 0, from(4, 1, 9)};
    if (winograd) {
        constexpr int64_t kKernels[][2] = {{3, 3}, {5, 5}, {1, 3}, {3, 1}, {1, 7}, {7, 1}};
        p.kernel_height = kKernels[round % 6][0];
        p.kernel_width = kKernels[round % 6][1];
        // as wide a border as keeps the size, or any
        const bool same = from(5, 0, 1) == 0;
        p.above = same ? p.kernel_height / 2 * p.dilation : from(6, 0, 5);
        p.before = same ? p.kernel_width / 2 * p.dilation : from(7, 0, 5);
    } else {
        p.kernel_height = from(5, 1, 5);
        p.kernel_width = from(8, 1, 5);
        p.stride = from(6, 1, 3);
        p.above = from(7, 0, 5);
        p.before = from(9, 0, 5);
    }
    while (p.height + 2 * p.above < p.reach(p.kernel_height)) p.above++;
    while (p.width + 2 * p.before < p.reach(p.kernel_width)) p.before++;
    return p;
}

// (out, height, width, in) as the kernels read it: panels of 32 columns, the last one of 16 or 32.
Floats packed(const Floats& weights, const Problem& p) {
    const int64_t columns = whole_lanes(p.out);
    Floats panels(static_cast<size_t>(columns * p.taps() * p.in));
    for (int64_t c = 0; c < p.out; c++) {
        const int64_t first = c / kPanel * kPanel, wide = std::min(kPanel, columns - first);
        for (int64_t tap = 0; tap < p.taps(); tap++) {
            for (int64_t k = 0; k < p.in; k++) {
                const auto at = first * p.taps() * p.in + (tap * p.in + k) * wide + c - first;
                panels[static_cast<size_t>(at)] = weights[static_cast<size_t>((c * p.taps() + tap) * p.in + k)];
            }
        }
    }
    return panels;
}

// One convolution with all that it reads, and where it writes: some channels of a wider picture.
class Convolution {
  public:
    Convolution(const Problem& problem, uint32_t round)
        : p(problem),
          picture_(drawn(size(p.height * p.width * p.in), "picture", round)),
          weights_(drawn(size(p.out * p.taps() * p.in), "weights", round)),
          scale_(drawn(size(p.in), "scale", round)),
          shift_(drawn(size(p.in), "shift", round)),
          gain_(drawn(size(whole_lanes(p.out)), "gain", round)),
          first_bias_(drawn(size(whole_lanes(p.out)), "first bias", round)),
          bias_(drawn(size(whole_lanes(p.out)), "bias", round)),
          slope_(drawn(size(whole_lanes(p.out)), "slope", round)),
          noise_(drawn(size(p.pixels()), "noise", round)),
          other_(drawn(size(p.pixels() * p.out), "other", round)),
          panels_(packed(weights_, p)),
          result_(size(p.pixels() * channels()), kUntouched) {
        const Draw draw(7, "kernels", "parts", 0, round);
        const auto some = [&](uint64_t i) { return draw.integer(i, 2) == 0; };
        from_.picture = picture_.data();
        if (some(0)) from_.scale = scale_.data();
        if (some(1)) from_.shift = shift_.data();
        if (some(2)) with_.scale = gain_.data();
        if (some(3)) with_.first_bias = first_bias_.data();
        if (some(4)) with_.bias = bias_.data();
        if (some(5)) with_.noise = noise_.data();
        with_.noise_weight = 0.3F;
        if (some(6)) with_.slope = slope_.data();
        with_.gain = 1.5F;
        if (some(7)) with_.add = {other_.data(), other_.data()};
        with_.add_channels = p.out;
    }

    const ConvInput& from() const { return from_; }
    const float* panels() const { return panels_.data(); }
    ConvOutput to() { return {result_.data(), channels(), kFirst, with_}; }

    void expect_right() const {
        double largest = 0, off = 0;
        for (int64_t pixel = 0; pixel < p.pixels(); pixel++) {
            for (int64_t channel = 0; channel < channels(); channel++) {
                const float got = result_[size(pixel * channels() + channel)];
                const int64_t c = channel - kFirst;
                if (c < 0 || c >= p.out) {
                    ASSERT_EQ(got, kUntouched) << p << ": channel " << c << " is nobody's";
                    continue;
                }
                const double wanted = finished(sum(pixel, c), pixel, c);
                largest = std::max(largest, std::abs(wanted));
                off = std::max(off, std::abs(wanted - got));
            }
        }
        EXPECT_LE(off, 2e-5 * largest) << p;
    }

    const Problem p;

  private:
    static size_t size(int64_t n) { return static_cast<size_t>(n); }
    int64_t channels() const { return p.out + 8; }
    static constexpr int64_t kFirst = 3;
    static constexpr float kUntouched = 12345;

    double sum(int64_t pixel, int64_t c) const {
        double total = 0;
        for (int64_t tap = 0; tap < p.taps(); tap++) {
            const int64_t y = pixel / p.out_width() * p.stride + tap / p.kernel_width * p.dilation - p.above;
            const int64_t x = pixel % p.out_width() * p.stride + tap % p.kernel_width * p.dilation - p.before;
            if (y < 0 || y >= p.height || x < 0 || x >= p.width) continue;
            for (int64_t k = 0; k < p.in; k++) {
                double value = picture_[size((y * p.width + x) * p.in + k)];
                if (from_.scale) value *= scale_[size(k)];
                if (from_.shift) value += shift_[size(k)];
                total += value * weights_[size((c * p.taps() + tap) * p.in + k)];
            }
        }
        return total;
    }

    double finished(double v, int64_t pixel, int64_t c) const {
        if (with_.scale) v *= gain_[size(c)];
        if (with_.first_bias) {
            v += first_bias_[size(c)];
            v *= std::sqrt(2.0) * (v > 0 ? 1 : 0.2);
        }
        if (with_.bias) v += bias_[size(c)];
        if (with_.noise) v += static_cast<double>(with_.noise_weight) * noise_[size(pixel)];
        if (with_.slope) v *= with_.gain * (v > 0 ? 1 : slope_[size(c)]);
        for (size_t i = 0; i < with_.add.size(); i++) v += other_[size(pixel * p.out + c)];
        return v;
    }

    Floats picture_, weights_, scale_, shift_, gain_, first_bias_, bias_, slope_, noise_, other_, panels_, result_;
    ConvInput from_{};
    Epilogue<> with_;
};

TEST(NetKernels, DirectConvolutionsStayInTheirBuffers) {
    for (uint32_t round = 0; round < 150; round++) {
        Convolution conv(random_problem(round, false), round);
        const Problem& p = conv.p;
        const DirectShape shape{p.height, p.width, p.in, p.out_height(), p.out_width(), p.out, p.stride, p.taps()};
        std::vector<Tap> taps;
        for (int64_t i = 0; i < p.taps(); i++)
            taps.push_back({i, i / p.kernel_width * p.dilation - p.above, i % p.kernel_width * p.dilation - p.before});
        const int64_t pixels_at_once = 1 + round % 50, columns_at_once = (1 + round % 4) * kPanel;
        for (int64_t begin = 0; begin < p.pixels(); begin += pixels_at_once) {
            const int64_t end = std::min(p.pixels(), begin + pixels_at_once);
            for (int64_t first = 0; first < whole_lanes(p.out); first += columns_at_once) {
                const int64_t last = std::min(whole_lanes(p.out), first + columns_at_once);
                Floats scratch(static_cast<size_t>(direct_scratch(shape, end - begin, last - first)));
                direct_pixels(shape, taps, conv.from(), conv.panels(), begin, end, first, last, conv.to(),
                              scratch.data());
            }
        }
        conv.expect_right();
    }
}

TEST(NetKernels, WinogradConvolutionsStayInTheirBuffers) {
    for (uint32_t round = 0; round < 150; round++) {
        Convolution conv(random_problem(round, true), round);
        const Problem& p = conv.p;
        const WinogradShape shape{p.height,        p.width,        p.in,       p.out_height(), p.out_width(), p.out,
                                  p.kernel_height, p.kernel_width, p.dilation, p.above,        p.before};
        const int64_t columns = whole_lanes(p.out), points = shape.points();
        Floats weights(static_cast<size_t>(points * columns * p.in));
        for (int64_t first = 0; first < columns; first += kPanel) {
            winograd_weights(conv.panels() + p.taps() * first * p.in, p.in, std::min(kPanel, columns - first),
                             weights.data() + points * first * p.in, p.kernel_height, p.kernel_width);
        }
        const int64_t at_once = 1 + round % 20;
        for (int64_t begin = 0; begin < shape.tiles(); begin += at_once) {
            const int64_t end = std::min(shape.tiles(), begin + at_once);
            Floats scratch(static_cast<size_t>(winograd_scratch(shape, end - begin)));
            winograd_tiles(shape, conv.from(), weights.data(), begin, end, conv.to(), scratch.data());
        }
        conv.expect_right();
    }
}

TEST(NetKernels, KernelsOfWinogradsFilteringAreKnown) {
    EXPECT_EQ(winograd_points(3, 3), 36);
    EXPECT_EQ(winograd_points(5, 5), 36);
    EXPECT_EQ(winograd_points(1, 7), 10);
    EXPECT_EQ(winograd_points(3, 1), 6);
    for (const auto& [height, width] : {std::pair{1, 1}, {1, 5}, {7, 7}, {3, 5}, {3, 7}, {2, 2}, {4, 1}})
        EXPECT_EQ(winograd_points(height, width), 0) << height << "x" << width;
}

TEST(NetKernels, EveryInstructionSetMultipliesAlike) {
    const auto functions = panel_functions();
    ASSERT_FALSE(functions.empty());
    for (uint32_t round = 0; round < 200; round++) {
        const Draw draw(7, "kernels", "product", 0, round);
        const auto rows = static_cast<int64_t>(1 + draw.integer(0, 40));
        const auto inner = static_cast<int64_t>(1 + draw.integer(1, 70));
        const int64_t columns = draw.integer(2, 2) == 0 ? kPanel : kPanel / 2;
        const int64_t lda = inner + static_cast<int64_t>(draw.integer(3, 5));
        const int64_t ldc = columns + static_cast<int64_t>(draw.integer(4, 5));
        const bool accumulate = draw.integer(5, 2) == 0;
        const Floats a = drawn(static_cast<size_t>((rows - 1) * lda + inner), "a", round);
        const Floats b = drawn(static_cast<size_t>(inner * columns), "b", round);
        const Floats before = drawn(static_cast<size_t>((rows - 1) * ldc + columns), "c", round);
        for (const MultiplyPanel multiply : functions) {
            Floats c = before;
            multiply(a.data(), lda, rows, inner, b.data(), columns, c.data(), ldc, accumulate);
            for (int64_t i = 0; i < static_cast<int64_t>(c.size()); i++) {
                const int64_t row = i / ldc, column = i % ldc;
                if (column >= columns) {
                    EXPECT_EQ(c[static_cast<size_t>(i)], before[static_cast<size_t>(i)]);
                    continue;
                }
                double wanted = accumulate ? before[static_cast<size_t>(i)] : 0;
                for (int64_t k = 0; k < inner; k++) {
                    wanted += static_cast<double>(a[static_cast<size_t>(row * lda + k)]) *
                              b[static_cast<size_t>(k * columns + column)];
                }
                EXPECT_NEAR(c[static_cast<size_t>(i)], wanted, 1e-4);
            }
        }
    }
}

// A picture of `height` x `width` pixels and some channels, pooled into some channels of a wider one.
TEST(NetKernels, PoolsStayInTheirBuffers) {
    for (uint32_t round = 0; round < 120; round++) {
        const Draw draw(7, "kernels", "pool", 0, round);
        const auto from = [&](uint64_t i, int64_t lo, int64_t hi) {
            return lo + static_cast<int64_t>(draw.integer(i, static_cast<uint64_t>(hi - lo + 1)));
        };
        PoolShape shape{from(0, 1, 12), from(1, 1, 12), from(2, 1, 50), 0, 0, from(3, 2, 3), from(4, 1, 2), 0};
        shape.border = shape.kernel == 3 ? from(5, 0, 1) : 0;
        // every window begins in the picture, or a pixel before it
        const auto side = [&](int64_t n) { return (n - 1 + shape.border) / shape.stride + 1 - (shape.border > 0); };
        shape.out_height = std::max<int64_t>(1, side(shape.height));
        shape.out_width = std::max<int64_t>(1, side(shape.width));
        const int64_t channels = shape.channels + 5, first = 2, pixels = shape.out_height * shape.out_width;
        const Floats picture = drawn(static_cast<size_t>(shape.height * shape.width * shape.channels), "pooled", round);
        const Floats bias = drawn(static_cast<size_t>(whole_lanes(shape.channels)), "bias", round);
        const Epilogue<> with{.bias = bias.data()};
        for (const bool mean : {false, true}) {
            Floats result(static_cast<size_t>(pixels * channels), 12345);
            for (int64_t y = 0; y < shape.out_height; y++)
                (mean ? mean_pool_rows : max_pool_rows)(shape, picture.data(), y, y + 1,
                                                        {result.data(), channels, first, with});
            for (int64_t i = 0; i < pixels * channels; i++) {
                const int64_t c = i % channels - first, pixel = i / channels;
                const float got = result[static_cast<size_t>(i)];
                if (c < 0 || c >= shape.channels) {
                    ASSERT_EQ(got, 12345);
                    continue;
                }
                double sum = 0, largest = -std::numeric_limits<double>::infinity();
                int64_t count = 0;
                for (int64_t tap = 0; tap < shape.kernel * shape.kernel; tap++) {
                    const int64_t y = pixel / shape.out_width * shape.stride + tap / shape.kernel - shape.border;
                    const int64_t x = pixel % shape.out_width * shape.stride + tap % shape.kernel - shape.border;
                    if (y < 0 || y >= shape.height || x < 0 || x >= shape.width) continue;
                    const double v = picture[static_cast<size_t>((y * shape.width + x) * shape.channels + c)];
                    sum += v;
                    largest = std::max(largest, v);
                    count++;
                }
                const double wanted =
                    (mean ? sum / static_cast<double>(count) : largest) + bias[static_cast<size_t>(c)];
                ASSERT_NEAR(got, wanted, 1e-5) << "round " << round << (mean ? ", mean" : ", largest");
            }
        }
    }
}

TEST(NetKernels, RootsOfMeanSquaresStayInTheirBuffers) {
    for (const auto& [height, width, channels] : {std::array<int64_t, 3>{1, 1, 1}, {7, 4, 17}, {8, 5, 35}}) {
        const PoolShape shape{height, width, channels, (height + 1) / 2, (width + 1) / 2};
        const Floats picture = drawn(static_cast<size_t>(height * width * channels), "roots", 0);
        Floats result(static_cast<size_t>(shape.out_height * shape.out_width * channels));
        l2_pool_rows(shape, picture.data(), 0, shape.out_height, result.data());
        for (int64_t i = 0; i < static_cast<int64_t>(result.size()); i++) {
            const int64_t c = i % channels, pixel = i / channels;
            double sum = 1e-12;
            for (int64_t tap = 0; tap < 9; tap++) {
                const int64_t dy = tap / 3 - 1, dx = tap % 3 - 1, y = pixel / shape.out_width * 2 + dy,
                              x = pixel % shape.out_width * 2 + dx;
                if (y < 0 || y >= height || x < 0 || x >= width) continue;
                const double v = picture[static_cast<size_t>((y * width + x) * channels + c)];
                sum += (dy == 0 ? 0.5 : 0.25) * (dx == 0 ? 0.5 : 0.25) * v * v;
            }
            EXPECT_NEAR(result[static_cast<size_t>(i)], std::sqrt(sum), 1e-5);
        }
    }
}

TEST(NetKernels, DistancesOfFeaturesStayInTheirBuffers) {
    for (const int64_t channels : {1, 15, 16, 33, 64, 100}) {
        const int64_t pixels = 7;
        const auto size = static_cast<size_t>(pixels * channels);
        const Floats a = drawn(size, "a", 1), b = drawn(size, "b", 2);
        Floats weights = drawn(static_cast<size_t>(whole_lanes(channels)), "weights", 3);
        std::fill(weights.begin() + channels, weights.end(), 0.0F);
        std::vector<Moments> moments(static_cast<size_t>(channels));
        add_moments(a.data(), b.data(), pixels, channels, moments.data());
        double wanted = 0;
        std::vector<double> sums(static_cast<size_t>(channels));
        for (int64_t pixel = 0; pixel < pixels; pixel++) {
            const float *x = a.data() + pixel * channels, *y = b.data() + pixel * channels;
            double xx = 0, yy = 0;
            for (int64_t c = 0; c < channels; c++) {
                xx += static_cast<double>(x[c]) * x[c];
                yy += static_cast<double>(y[c]) * y[c];
                sums[static_cast<size_t>(c)] += static_cast<double>(x[c]) * y[c];
            }
            for (int64_t c = 0; c < channels; c++) {
                const double off = x[c] / (std::sqrt(xx) + 1e-10) - y[c] / (std::sqrt(yy) + 1e-10);
                wanted += weights[static_cast<size_t>(c)] * off * off;
            }
        }
        EXPECT_NEAR(normalised_distance(a.data(), b.data(), pixels, channels, weights.data()), wanted, 1e-4);
        for (size_t c = 0; c < sums.size(); c++) EXPECT_NEAR(moments[c].ab, sums[c], 1e-5);
    }
}

}  // namespace
}  // namespace bfr::nets

// The convolution kernels on plain memory, every buffer as large as its contract says and no larger: for the sanitizers
// too, which this program is built with (script/sanitize), and therefore without LibTorch.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/random.h"
#include "nets/kernels/direct.h"
#include "nets/kernels/gemm.h"
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
    int64_t height, width, in, out, kernel, stride, padding, dilation;

    int64_t side(int64_t n) const { return (n + 2 * padding - (kernel - 1) * dilation - 1) / stride + 1; }
    int64_t out_height() const { return side(height); }
    int64_t out_width() const { return side(width); }
    int64_t pixels() const { return out_height() * out_width(); }
    int64_t taps() const { return kernel * kernel; }
};

std::ostream& operator<<(std::ostream& to, const Problem& p) {
    return to << p.height << "x" << p.width << "x" << p.in << " to " << p.out << ", kernel " << p.kernel << ", stride "
              << p.stride << ", padding " << p.padding << ", dilation " << p.dilation;
}

// Pictures of 1 to 21 pixels a side, odd numbers of channels, dilations wider than the picture.
Problem random_problem(uint32_t round, bool winograd) {
    const Draw draw(7, "kernels", winograd ? "winograd" : "direct", 0, round);
    const auto from = [&](uint64_t i, int64_t lo, int64_t hi) {
        return lo + static_cast<int64_t>(draw.integer(i, static_cast<uint64_t>(hi - lo + 1)));
    };
    Problem p{from(0, 1, 21), from(1, 1, 21), from(2, 1, 70), from(3, 1, 100), 3, 1, 1, 1};
    p.dilation = from(4, 1, 9);
    if (winograd) {
        p.kernel = from(5, 0, 1) == 0 ? 3 : 5;
        p.padding = p.kernel / 2 * p.dilation;
        return p;
    }
    p.kernel = from(5, 1, 5);
    p.stride = from(6, 1, 3);
    p.padding = from(7, 0, 5);
    while (std::min(p.height, p.width) + 2 * p.padding < (p.kernel - 1) * p.dilation + 1) p.padding++;
    return p;
}

// (out, kernel, kernel, in) as the kernels read it: panels of 32 columns, the last one of 16 or 32.
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
            const int64_t y = pixel / p.out_width() * p.stride + tap / p.kernel * p.dilation - p.padding;
            const int64_t x = pixel % p.out_width() * p.stride + tap % p.kernel * p.dilation - p.padding;
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
    Epilogue with_;
};

TEST(NetKernels, DirectConvolutionsStayInTheirBuffers) {
    for (uint32_t round = 0; round < 150; round++) {
        Convolution conv(random_problem(round, false), round);
        const Problem& p = conv.p;
        const DirectShape shape{p.height, p.width, p.in, p.out_height(), p.out_width(), p.out, p.stride, p.taps()};
        std::vector<Tap> taps;
        for (int64_t i = 0; i < p.taps(); i++)
            taps.push_back({i, i / p.kernel * p.dilation - p.padding, i % p.kernel * p.dilation - p.padding});
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
    for (uint32_t round = 0; round < 100; round++) {
        Convolution conv(random_problem(round, true), round);
        const Problem& p = conv.p;
        const WinogradShape shape{p.height, p.width, p.in, p.out, p.dilation, p.kernel};
        const int64_t columns = whole_lanes(p.out);
        Floats weights(static_cast<size_t>(kWinogradPoints * columns * p.in));
        for (int64_t first = 0; first < columns; first += kPanel) {
            winograd_weights(conv.panels() + p.taps() * first * p.in, p.in, std::min(kPanel, columns - first),
                             weights.data() + kWinogradPoints * first * p.in, p.kernel);
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

}  // namespace
}  // namespace bfr::nets

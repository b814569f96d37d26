// One line of Winograd's minimal filtering: F(outputs, taps) multiplies polynomials by their values at
// taps + outputs - 1 points, which are 0, some pairs of +p and -p, and infinity.
#pragma once

#include <array>

#include "nets/kernels/lanes.h"

namespace bfr::nets {

// The p of each pair: what a search for small errors found, where a half of them are the others' inverses. With 1 and 2
// for two pairs, as is usual, the outputs' errors are four times as large.
template <int kPairs>
struct WinogradPairs;
template <>
struct WinogradPairs<2> {
    static constexpr std::array<double, 2> kAt = {0.70710678118654752, 1.4142135623730951};
};
template <>
struct WinogradPairs<4> {
    static constexpr std::array<double, 4> kAt = {0.44, 0.82, 1 / 0.82, 1 / 0.44};
};

template <int kTaps_, int kOutputs_>
struct WinogradLine {
    static constexpr int kTaps = kTaps_, kOutputs = kOutputs_, kPoints = kTaps + kOutputs - 1, kPairs = kPoints / 2 - 1;
    static_assert(kPoints % 2 == 0);

    // Inputs at the points.
    BFR_INLINE static void inputs(const Lanes (&d)[kPoints], Lanes (&v)[kPoints]) {
        v[0] = kNumbers.all[0] * d[0] + d[kPoints - 2];
        v[kPoints - 1] = kNumbers.all[0] * d[1] + d[kPoints - 1];
#pragma GCC unroll 8
        for (int i = 1; i < kPairs; i++) {
            v[0] += kNumbers.all[i] * d[2 * i];
            v[kPoints - 1] += kNumbers.all[i] * d[2 * i + 1];
        }
#pragma GCC unroll 8
        for (int pair = 0; pair < kPairs; pair++) {
            Lanes even = d[kPoints - 2], odd = d[kPoints - 3];
#pragma GCC unroll 8
            for (int i = 0; i < kPairs - 1; i++) {
                even += kNumbers.without[pair][i] * d[2 * i + 2];
                odd += kNumbers.without[pair][i] * d[2 * i + 1];
            }
            odd *= kNumbers.at[pair];
            v[2 * pair + 1] = even + odd;
            v[2 * pair + 2] = even - odd;
        }
    }

    // Weights at the points, divided by what a point's share of the outputs has too much.
    BFR_INLINE static void weights(const Lanes (&g)[kTaps], Lanes (&u)[kPoints]) {
        u[0] = kNumbers.share_of_zero * g[0];
        u[kPoints - 1] = g[kTaps - 1];
#pragma GCC unroll 8
        for (int pair = 0; pair < kPairs; pair++) {
            Lanes even = kNumbers.share[pair][0] * g[0], odd = kNumbers.share[pair][1] * g[1];
#pragma GCC unroll 8
            for (int i = 2; i < kTaps; i++) (i % 2 == 0 ? even : odd) += kNumbers.share[pair][i] * g[i];
            u[2 * pair + 1] = even + odd;
            u[2 * pair + 2] = even - odd;
        }
    }

    // Products at the points as outputs.
    BFR_INLINE static void outputs(const Lanes (&m)[kPoints], Lanes (&y)[kOutputs]) {
        y[0] = m[0];
#pragma GCC unroll 8
        for (int i = 1; i < kOutputs; i++) y[i] = i == kOutputs - 1 ? m[kPoints - 1] : Lanes{};
#pragma GCC unroll 8
        for (int pair = 0; pair < kPairs; pair++) {
            const Lanes even = m[2 * pair + 1] + m[2 * pair + 2], odd = m[2 * pair + 1] - m[2 * pair + 2];
#pragma GCC unroll 8
            for (int i = 0; i < kOutputs; i++) y[i] += kNumbers.power[pair][i] * (i % 2 == 0 ? even : odd);
        }
    }

  private:
    struct Numbers {
        float all[kPairs + 1];          // of the product of all (s - p^2), s to the power of 0 first
        float without[kPairs][kPairs];  // the same without one pair
        float at[kPairs], power[kPairs][kOutputs];
        float share_of_zero, share[kPairs][kTaps];
    };

    static constexpr Numbers kNumbers = [] {
        Numbers numbers{};
        std::array<double, kPairs> p = WinogradPairs<kPairs>::kAt;
        const auto product = [&](int left_out, float* to) {
            std::array<double, kPairs + 1> found = {1};
            int degree = 0;
            for (int i = 0; i < kPairs; i++) {
                if (i == left_out) continue;
                degree++;
                for (int k = degree; k >= 0; k--) found[k] = (k > 0 ? found[k - 1] : 0) - p[i] * p[i] * found[k];
            }
            for (int k = 0; k <= degree; k++) to[k] = static_cast<float>(found[k]);
            return found[0];
        };
        numbers.share_of_zero = static_cast<float>(1 / product(-1, numbers.all));
        for (int pair = 0; pair < kPairs; pair++) {
            product(pair, numbers.without[pair]);
            numbers.at[pair] = static_cast<float>(p[pair]);
            double share = 1 / (2 * p[pair] * p[pair]), power = 1;
            for (int i = 0; i < kPairs; i++) share /= i == pair ? 1 : p[pair] * p[pair] - p[i] * p[i];
            for (int i = 0; i < kPoints; i++, power *= p[pair]) {
                if (i < kTaps) numbers.share[pair][i] = static_cast<float>(share * power);
                if (i < kOutputs) numbers.power[pair][i] = static_cast<float>(power);
            }
        }
        return numbers;
    }();
};

// Across the line nothing is to be done.
template <>
struct WinogradLine<1, 1> {
    static constexpr int kTaps = 1, kOutputs = 1, kPoints = 1;
    BFR_INLINE static void inputs(const Lanes (&d)[1], Lanes (&v)[1]) { v[0] = d[0]; }
    BFR_INLINE static void weights(const Lanes (&g)[1], Lanes (&u)[1]) { u[0] = g[0]; }
    BFR_INLINE static void outputs(const Lanes (&m)[1], Lanes (&y)[1]) { y[0] = m[0]; }
};

}  // namespace bfr::nets

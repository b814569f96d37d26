#include "nets/ops/fir.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <array>

#include "base/error.h"
#include "base/target_clones.h"
#include "nets/conv.h"
#include "nets/ops/empty_picture.h"
#include "nets/ops/picture_finish.h"

namespace bfr::nets {

namespace {

// What falls on the output's pixels (2i + a, 2j + b) of a transposed 3x3 convolution of stride 2: an ordinary
// convolution with 4, 2, 2 and 1 of the nine taps. phases[a][b]: (B, out, H + (a == 0), W + (b == 0)).
using Phases = std::array<std::array<Tensor, 2>, 2>;

Phases transposed_conv(const Tensor& x, const Tensor& weight) {
    // out[2i + a] = sum over taps k with 2i + a - k even of x[(2i + a - k) / 2] w[k]: a = 0 takes w[2] x[i - 1] +
    // w[0] x[i], a = 1 takes w[1] x[i].
    const auto taps = [](const Tensor& w, int64_t dim, int phase) {
        return phase == 1 ? w.narrow(dim, 1, 1) : at::cat({w.narrow(dim, 2, 1), w.narrow(dim, 0, 1)}, dim);
    };
    Phases phases;
    for (int a = 0; a < 2; a++) {
        for (int b = 0; b < 2; b++) {
            const Tensor filter = taps(taps(weight, 2, a), 3, b).contiguous(at::MemoryFormat::ChannelsLast);
            phases[static_cast<size_t>(a)][static_cast<size_t>(b)] =
                conv2d(x, filter, {.padding = {a == 0 ? 1 : 0, b == 0 ? 1 : 0}});
        }
    }
    return phases;
}

BFR_TARGET_CLONES void add_scaled(float* to, const float* from, float factor, int64_t n) {
    for (int64_t i = 0; i < n; i++) to[i] += factor * from[i];
}

// A row of the enlarged picture from the even (W + 1 pixels) and odd columns (W pixels between two of zeros).
BFR_TARGET_CLONES void interleaved_row(float* to, const float* even, const float* odd, int64_t width,
                                       int64_t channels) {
    for (int64_t j = 0; j < width; j++) {
        const float *e0 = even + j * channels, *e1 = e0 + channels, *before = odd + j * channels,
                    *here = before + channels, *after = here + channels;
        float *left = to + 2 * j * channels, *right = left + channels;
        for (int64_t c = 0; c < channels; c++) {
            left[c] = 0.25F * (before[c] + e1[c]) + 0.75F * (e0[c] + here[c]);
            right[c] = 0.25F * (e0[c] + after[c]) + 0.75F * (here[c] + e1[c]);
        }
    }
}

// One output row of the FIR from `padded`, a row that the vertical filter made.
BFR_TARGET_CLONES void filtered_row(float* to, const float* padded, const float* scale, int64_t width,
                                    int64_t channels) {
    for (int64_t x = 0; x < width; x++) {
        const float *p0 = padded + x * channels, *p1 = p0 + channels, *p2 = p1 + channels, *p3 = p2 + channels;
        float* pixel = to + x * channels;
        for (int64_t c = 0; c < channels; c++) {
            pixel[c] = scale[c] * (0.125F * (p0[c] + p3[c]) + 0.375F * (p1[c] + p2[c]));
        }
    }
}

constexpr std::array<float, 4> kFir = {0.125F, 0.375F, 0.375F, 0.125F};

void fir_and_finish(Tensor& result, int64_t first, const Phases& phases, const Finish& with) {
    const int64_t batch = phases[1][1].size(0), channels = phases[1][1].size(1), height = phases[1][1].size(2),
                  width = phases[1][1].size(3);
    std::array<std::array<Tensor, 2>, 2> plain;
    for (size_t a = 0; a < 2; a++) {
        for (size_t b = 0; b < 2; b++) plain[a][b] = phases[a][b].contiguous(at::MemoryFormat::ChannelsLast);
    }
    const int64_t wide = result.size(1);
    BFR_CHECK(result.is_contiguous(at::MemoryFormat::ChannelsLast) && result.scalar_type() == at::kFloat &&
                  result.size(0) == batch && result.size(2) == 2 * height && result.size(3) == 2 * width &&
                  first >= 0 && first + channels <= wide,
              "the result must be float32, channels-last, and hold {} channels of twice the size", channels);
    float* const to = result.data_ptr<float>() + first;
    for (int64_t item = 0; item < batch; item++) {
        const PictureFinish finish(with, item, channels, 2 * height, 2 * width);
        at::parallel_for(0, 2 * height, 8, [&](int64_t begin, int64_t end) {
            std::vector<float> even(static_cast<size_t>((width + 1) * channels)),
                odd(static_cast<size_t>((width + 2) * channels)), line(static_cast<size_t>(2 * width * channels));
            for (int64_t y = begin; y < end; y++) {
                std::fill(even.begin(), even.end(), 0.0F);
                std::fill(odd.begin(), odd.end(), 0.0F);
                for (int64_t tap = 0; tap < 4; tap++) {
                    const int64_t row = y - 1 + tap;  // of the transposed convolution's 2H + 1
                    if (row < 0 || row > 2 * height) continue;
                    const auto& pair = plain[static_cast<size_t>(row % 2)];
                    const int64_t rows = height + (row % 2 == 0 ? 1 : 0), from = item * rows + row / 2;
                    const float factor = 2 * kFir[static_cast<size_t>(tap)];
                    add_scaled(even.data(), pair[0].data_ptr<float>() + from * (width + 1) * channels, factor,
                               (width + 1) * channels);
                    add_scaled(odd.data() + channels, pair[1].data_ptr<float>() + from * width * channels, factor,
                               width * channels);
                }
                interleaved_row(line.data(), even.data(), odd.data(), width, channels);
                apply_to_row(finish.epilogue(), {y * 2 * width, 2 * width, channels, wide}, line.data(),
                             to + (item * 2 * height + y) * 2 * width * wide);
            }
        });
    }
}

Tensor fir_and_finish(const Phases& phases, const Finish& with) {
    const Tensor& odd = phases[1][1];
    Tensor result = empty_picture(odd.size(0), odd.size(1), 2 * odd.size(2), 2 * odd.size(3));
    fir_and_finish(result, 0, phases, with);
    return result;
}

Phases transposed_conv(const Tensor& x, const PackedConv& conv, const InputScale& from) {
    Phases phases;
    for (int a = 0; a < 2; a++) {
        for (int b = 0; b < 2; b++) {
            phases[static_cast<size_t>(a)][static_cast<size_t>(b)] = conv.transposed_phase(x, a, b, from);
        }
    }
    return phases;
}

// Both 1-D filters as depthwise convolutions; the FIR is symmetric, so that correlation is convolution.
Tensor differentiable_fir(const Tensor& padded, double gain) {
    const int64_t channels = padded.size(1);
    const Tensor filter = (at::tensor({1.0, 3.0, 3.0, 1.0}) * (gain / 8)).to(padded.options());
    const Tensor rows = conv2d(padded, filter.view({1, 1, 4, 1}).expand({channels, 1, 4, 1}), {.groups = channels});
    return conv2d(rows, filter.view({1, 1, 1, 4}).expand({channels, 1, 1, 4}), {.groups = channels});
}

// 0, even[0], odd[0], even[1], ..., odd[n - 1], even[n], 0 along `dim`.
Tensor interleaved(const Tensor& even, const Tensor& odd, int64_t dim) {
    const auto padded = [&](const Tensor& x, int64_t before, int64_t after) {
        std::vector<int64_t> pads(static_cast<size_t>(2 * (x.dim() - dim)), 0);  // from the last dimension on
        pads[pads.size() - 2] = before;
        pads.back() = after;
        return at::constant_pad_nd(x, pads);
    };
    const Tensor pairs = at::stack({padded(odd, 1, 1), padded(even, 0, 1)}, dim + 1).flatten(dim, dim + 1);
    return pairs.narrow(dim, 0, pairs.size(dim) - 1);
}

// The transposed convolution's whole result with a border of zeros. Copies of whole pixels, in channels-last order.
Tensor interleaved(const Phases& phases) {
    std::array<Tensor, 2> rows;
    for (size_t a = 0; a < 2; a++)
        rows[a] = interleaved(phases[a][0].permute({0, 2, 3, 1}), phases[a][1].permute({0, 2, 3, 1}), 2);
    return interleaved(rows[0], rows[1], 1).permute({0, 3, 1, 2});
}

// Twice as long along `dim`: out[2i] = x[i - 1] / 4 + 3 x[i] / 4, out[2i + 1] = 3 x[i] / 4 + x[i + 1] / 4.
Tensor doubled(const Tensor& x, int64_t dim) {
    const int64_t n = x.size(dim);
    const auto zeros = at::zeros_like(x.narrow(dim, 0, 1));
    const Tensor padded = at::cat({zeros, x, zeros}, dim);
    const Tensor here = x * 0.75, before = padded.narrow(dim, 0, n) * 0.25, after = padded.narrow(dim, 2, n) * 0.25;
    return at::stack({here + before, here + after}, dim + 1).flatten(dim, dim + 1);
}

}  // namespace

Tensor up_conv(const Tensor& x, const Tensor& weight, const Finish& with) {
    const Phases phases = transposed_conv(x, weight);
    if (runs_kernels(phases[1][1])) return fir_and_finish(phases, with);
    return finish(differentiable_fir(interleaved(phases), 2), with);
}

Tensor up_conv(const Tensor& x, const PackedConv& conv, const InputScale& from, const Finish& with) {
    return fir_and_finish(transposed_conv(x, conv, from), with);
}

void up_conv_into(Tensor& to, int64_t first, const Tensor& x, const PackedConv& conv, const InputScale& from,
                  const Finish& with) {
    fir_and_finish(to, first, transposed_conv(x, conv, from), with);
}

Tensor fir(const Tensor& x, const Tensor& scale, int64_t before, int64_t after) {
    if (!runs_kernels(x)) {
        const Tensor scaled = scale.defined() ? x * scale.view({scale.size(0), -1, 1, 1}).to(x.scalar_type()) : x;
        return differentiable_fir(at::constant_pad_nd(scaled, {before, after, before, after}), 1);
    }
    const Tensor from = x.contiguous(at::MemoryFormat::ChannelsLast);
    const int64_t batch = x.size(0), channels = x.size(1), height = x.size(2), width = x.size(3);
    const int64_t out_height = height + before + after - 3, out_width = width + before + after - 3;
    Tensor result =
        at::empty({batch, channels, out_height, out_width}, x.options().memory_format(at::MemoryFormat::ChannelsLast));
    const Tensor factors =
        scale.defined() ? scale.expand({batch, channels}).contiguous() : at::ones({batch, channels}, x.options());
    float* const to = result.data_ptr<float>();
    at::parallel_for(0, batch * out_height, 8, [&](int64_t begin, int64_t end) {
        std::vector<float> padded(static_cast<size_t>((width + before + after) * channels));
        for (int64_t i = begin; i < end; i++) {
            const int64_t item = i / out_height, y = i % out_height;
            std::fill(padded.begin(), padded.end(), 0.0F);
            for (int64_t tap = 0; tap < 4; tap++) {
                const int64_t row = y - before + tap;
                if (row < 0 || row >= height) continue;
                add_scaled(padded.data() + before * channels,
                           from.data_ptr<float>() + (item * height + row) * width * channels,
                           kFir[static_cast<size_t>(tap)], width * channels);
            }
            filtered_row(to + i * out_width * channels, padded.data(), factors.data_ptr<float>() + item * channels,
                         out_width, channels);
        }
    });
    return result;
}

Tensor fir_upsample(const Tensor& x) { return doubled(doubled(x, 2), 3); }

}  // namespace bfr::nets

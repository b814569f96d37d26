#include "nets/ops/window_attention.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/error.h"
#include "nets/kernels/gemm.h"
#include "nets/kernels/lanes.h"
#include "nets/kernels/softmax.h"
#include "nets/ops/finish.h"

namespace bfr::nets {

namespace {

constexpr float kApart = -100;  // added to the scores of tokens that only a wrapped window brings together

struct Sizes {
    Windows of;
    int64_t channels;
    int64_t each() const { return channels / of.heads; }
    int64_t columns() const { return whole_lanes(each()); }  // of a head's values, as panels have them
    int64_t tokens() const { return of.side * of.side; }
    int64_t across() const { return of.width / of.side; }
    int64_t count() const { return of.height / of.side * across(); }
    int64_t scratch() const { return tokens() * (2 * each() + 2 * columns() + tokens()); }

    // Which of three stripes a shifted row or column lies in: those that wrap around are the last.
    int64_t stripe(int64_t at, int64_t length) const {
        return of.shift == 0 || at < length - of.side ? 0 : at < length - of.shift ? 1 : 2;
    }
    // Of token `i` of a window: its pixel, and its part of the picture.
    struct Place {
        int64_t pixel, part;
    };
    Place place(int64_t window, int64_t i) const {
        const int64_t y = window / across() * of.side + i / of.side, x = window % across() * of.side + i % of.side;
        return {(y + of.shift) % of.height * of.width + (x + of.shift) % of.width,
                3 * stripe(y, of.height) + stripe(x, of.width)};
    }
};

// One head of one window. qkv, to: of the head's first number of the picture's first pixel.
void attend(const Sizes& sizes, const std::vector<Sizes::Place>& places, const float* qkv, const float* bias, float* to,
            float* scratch) {
    const int64_t tokens = sizes.tokens(), each = sizes.each(), columns = sizes.columns();
    float *const q = scratch, *const k = q + tokens * each, *const v = k + tokens * each,
                 *const found = v + tokens * columns, *const scores = found + tokens * columns;
    const auto scale = static_cast<float>(1 / std::sqrt(static_cast<double>(each)));
    for (int64_t i = 0; i < tokens; i++) {
        const float* const from = qkv + places[static_cast<size_t>(i)].pixel * 3 * sizes.channels;
        for (int64_t c = 0; c < each; c++) q[i * each + c] = scale * from[c];
        const int64_t first = i / kPanel * kPanel, wide = std::min(kPanel, tokens - first);
        for (int64_t c = 0; c < each; c++) k[first * each + c * wide + i - first] = from[sizes.channels + c];
        for (int64_t c = 0; c < columns; c += kPanel) {
            const int64_t width = std::min(kPanel, columns - c), filled = std::min(width, each - c);
            float* const row = v + c * tokens + i * width;
            std::fill(std::copy_n(from + 2 * sizes.channels + c, filled, row), row + width, 0.0F);
        }
    }
    for (int64_t first = 0; first < tokens; first += kPanel) {
        multiply_panel(q, each, tokens, each, k + first * each, std::min(kPanel, tokens - first), scores + first,
                       tokens, false);
    }
    const bool wraps = places.front().part != places.back().part;
    for (int64_t i = 0; i < tokens; i++) {
        const int64_t part = places[static_cast<size_t>(i)].part;
        float* const row = scores + i * tokens;
        for (int64_t j = 0; j < tokens; j++) {
            row[j] += bias[i * tokens + j];
            if (wraps && places[static_cast<size_t>(j)].part != part) row[j] += kApart;
        }
    }
    std::vector<float> factors(static_cast<size_t>(tokens));
    for (int64_t i = 0; i < tokens; i++)
        factors[static_cast<size_t>(i)] = softmax_weights(scores + i * tokens, tokens, 1);
    for (int64_t c = 0; c < columns; c += kPanel) {
        multiply_panel(scores, tokens, tokens, tokens, v + c * tokens, std::min(kPanel, columns - c), found + c,
                       columns, false);
    }
    for (int64_t i = 0; i < tokens; i++) {
        float* const line = to + places[static_cast<size_t>(i)].pixel * sizes.channels;
        for (int64_t c = 0; c < each; c++) line[c] = factors[static_cast<size_t>(i)] * found[i * columns + c];
    }
}

// By LibTorch's operations: (windows, heads, tokens, each).
at::Tensor plain_attention(const at::Tensor& qkv, const at::Tensor& bias, const Sizes& sizes) {
    std::vector<int64_t> order, parts;
    for (int64_t window = 0; window < sizes.count(); window++) {
        for (int64_t i = 0; i < sizes.tokens(); i++) {
            const auto place = sizes.place(window, i);
            order.push_back(place.pixel);
            parts.push_back(place.part);
        }
    }
    const int64_t batch = qkv.size(0), windows = sizes.count(), tokens = sizes.tokens();
    const at::Tensor pixels = at::tensor(order, at::kLong).to(qkv.device());
    const at::Tensor part = at::tensor(parts, at::kLong).to(qkv.device()).view({windows, tokens});
    const at::Tensor apart = (part.unsqueeze(1) != part.unsqueeze(2)).to(qkv.scalar_type()) * kApart;
    const at::Tensor all = qkv.index_select(1, pixels)
                               .reshape({batch, windows, tokens, 3, sizes.of.heads, sizes.each()})
                               .permute({3, 0, 1, 4, 2, 5});
    const double scale = 1 / std::sqrt(static_cast<double>(sizes.each()));
    const at::Tensor scores =
        at::matmul(all[0] * scale, all[1].transpose(-2, -1)) + bias + apart.unsqueeze(1).unsqueeze(0);
    const at::Tensor found = at::matmul(at::softmax(scores, -1), all[2]).permute({0, 1, 3, 2, 4});
    const at::Tensor back = at::argsort(pixels);
    return found.reshape({batch, windows * tokens, sizes.channels}).index_select(1, back);
}

}  // namespace

at::Tensor window_attention(const at::Tensor& qkv_given, const at::Tensor& bias_given, const Windows& windows) {
    const int64_t side = windows.side;
    BFR_CHECK(side > 0 && windows.height % side == 0 && windows.width % side == 0 && windows.shift >= 0 &&
                  windows.shift < side && windows.heads > 0 && qkv_given.dim() == 3 &&
                  qkv_given.size(1) == windows.height * windows.width && qkv_given.size(2) % (3 * windows.heads) == 0,
              "windows of {0}x{0} by {1} heads in {2} tokens of a picture of {3}x{4}", side, windows.heads,
              qkv_given.size(1), windows.width, windows.height);
    BFR_CHECK(bias_given.dim() == 3 && bias_given.size(0) == windows.heads && bias_given.size(1) == side * side &&
                  bias_given.size(2) == side * side,
              "a bias for each pair of tokens in each head is needed");
    const Sizes sizes{windows, qkv_given.size(2) / 3};
    if (!runs_kernels(qkv_given) || sizes.tokens() % kLanes != 0) return plain_attention(qkv_given, bias_given, sizes);
    const at::Tensor qkv = qkv_given.contiguous(), bias = bias_given.contiguous();
    const int64_t batch = qkv.size(0), pixels = qkv.size(1), tokens = sizes.tokens();
    const at::Tensor to = at::empty({batch, pixels, sizes.channels}, qkv.options());
    at::parallel_for(0, batch * sizes.count(), 1, [&](int64_t begin, int64_t end) {
        std::vector<float> scratch(static_cast<size_t>(sizes.scratch()));
        std::vector<Sizes::Place> places(static_cast<size_t>(tokens));
        for (int64_t job = begin; job < end; job++) {
            const int64_t item = job / sizes.count();
            for (int64_t i = 0; i < tokens; i++) places[static_cast<size_t>(i)] = sizes.place(job % sizes.count(), i);
            for (int64_t head = 0; head < windows.heads; head++) {
                attend(sizes, places, qkv.data_ptr<float>() + item * pixels * 3 * sizes.channels + head * sizes.each(),
                       bias.data_ptr<float>() + head * tokens * tokens,
                       to.data_ptr<float>() + item * pixels * sizes.channels + head * sizes.each(), scratch.data());
            }
        }
    });
    return to;
}

}  // namespace bfr::nets

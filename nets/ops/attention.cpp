#include "nets/ops/attention.h"

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

constexpr int64_t kRows = 64;  // of scores at a time

struct Sizes {
    int64_t queries, keys, channels, heads;
    int64_t each() const { return channels / heads; }
    int64_t columns() const { return whole_lanes(keys); }
    int64_t packed() const { return each() * (columns() + keys); }  // floats of one head's panels
};

// One head's keys and values as panels: (each, columns) and (keys, each).
void pack(const Sizes& sizes, const float* k, const float* v, float* to) {
    const int64_t each = sizes.each(), columns = sizes.columns();
    for (int64_t first = 0; first < columns; first += kPanel) {
        const int64_t width = std::min(kPanel, columns - first);
        for (int64_t column = 0; column < width; column++) {
            const float* const key = first + column < sizes.keys ? k + (first + column) * sizes.channels : nullptr;
            for (int64_t i = 0; i < each; i++) to[first * each + i * width + column] = key ? key[i] : 0;
        }
    }
    to += each * columns;
    for (int64_t first = 0; first < each; first += kPanel) {
        const int64_t width = std::min(kPanel, each - first);
        for (int64_t key = 0; key < sizes.keys; key++) {
            std::copy_n(v + key * sizes.channels + first, width, to + first * sizes.keys + key * width);
        }
    }
}

// Queries [begin, end) of one head.
void attend(const Sizes& sizes, const float* q, const float* panels, int64_t begin, int64_t end, float* to,
            float* scores) {
    const int64_t each = sizes.each(), columns = sizes.columns(), rows = end - begin;
    for (int64_t first = 0; first < columns; first += kPanel) {
        multiply_panel(q + begin * sizes.channels, sizes.channels, rows, each, panels + first * each,
                       std::min(kPanel, columns - first), scores + first, columns, false);
    }
    const auto scale = static_cast<float>(1 / std::sqrt(static_cast<double>(each)));
    float factors[kRows];
    for (int64_t row = 0; row < rows; row++) factors[row] = softmax_weights(scores + row * columns, sizes.keys, scale);
    const float* const values = panels + each * columns;
    for (int64_t first = 0; first < each; first += kPanel) {
        multiply_panel(scores, columns, rows, sizes.keys, values + first * sizes.keys, std::min(kPanel, each - first),
                       to + begin * sizes.channels + first, sizes.channels, false);
    }
    for (int64_t row = 0; row < rows; row++) {
        float* const line = to + (begin + row) * sizes.channels;
        for (int64_t i = 0; i < each; i++) line[i] *= factors[row];
    }
}

at::Tensor plain_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, int64_t heads) {
    const auto by_head = [&](const at::Tensor& x) {
        return x.reshape({x.size(0), x.size(1), heads, x.size(2) / heads}).transpose(1, 2);
    };
    const double scale = 1 / std::sqrt(static_cast<double>(q.size(2) / heads));
    const at::Tensor weights = at::softmax(at::matmul(by_head(q) * scale, by_head(k).transpose(2, 3)), 3);
    return at::matmul(weights, by_head(v)).transpose(1, 2).reshape(q.sizes());
}

}  // namespace

at::Tensor attention(const at::Tensor& q_given, const at::Tensor& k_given, const at::Tensor& v_given, int64_t heads) {
    BFR_CHECK(q_given.dim() == 3 && k_given.dim() == 3 && k_given.sizes() == v_given.sizes() &&
                  q_given.size(0) == k_given.size(0) && q_given.size(2) == k_given.size(2) && heads > 0 &&
                  q_given.size(2) % heads == 0 && k_given.size(1) > 0,
              "attention between tokens of {} and {} numbers by {} heads", q_given.size(-1), k_given.size(-1), heads);
    const Sizes sizes{q_given.size(1), k_given.size(1), q_given.size(2), heads};
    if (!runs_kernels(q_given) || sizes.each() % kLanes != 0) return plain_attention(q_given, k_given, v_given, heads);
    const at::Tensor q = q_given.contiguous(), k = k_given.contiguous(), v = v_given.contiguous();
    at::Tensor to = at::empty(q.sizes(), q.options().memory_format(at::MemoryFormat::Contiguous));
    const int64_t all = q.size(0) * heads, blocks = (sizes.queries + kRows - 1) / kRows;
    const at::Tensor panels = at::empty({all * sizes.packed()});
    float* const packed = panels.data_ptr<float>();
    const auto start = [&](const at::Tensor& x, int64_t head) {  // of a picture's head
        return x.data_ptr<float>() + head / heads * x.size(1) * sizes.channels + head % heads * sizes.each();
    };
    at::parallel_for(0, all, 1, [&](int64_t begin, int64_t end) {
        for (int64_t head = begin; head < end; head++)
            pack(sizes, start(k, head), start(v, head), packed + head * sizes.packed());
    });
    at::parallel_for(0, all * blocks, 1, [&](int64_t begin, int64_t end) {
        std::vector<float> scores(static_cast<size_t>(kRows * sizes.columns()));
        for (int64_t job = begin; job < end; job++) {
            const int64_t head = job / blocks, first = job % blocks * kRows;
            attend(sizes, start(q, head), packed + head * sizes.packed(), first, std::min(sizes.queries, first + kRows),
                   start(to, head), scores.data());
        }
    });
    return to;
}

at::Tensor tokens_of(const at::Tensor& picture) {
    return picture.permute({0, 2, 3, 1}).reshape({picture.size(0), picture.size(2) * picture.size(3), picture.size(1)});
}

at::Tensor picture_of(const at::Tensor& tokens, int64_t height, int64_t width) {
    return tokens.reshape({tokens.size(0), height, width, tokens.size(2)}).permute({0, 3, 1, 2});
}

}  // namespace bfr::nets

#include "nets/ops/feature_sums.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>

#include "base/error.h"
#include "nets/ops/picture_finish.h"

namespace bfr::nets {

namespace {

struct Pair {
    at::Tensor a, b;
    int64_t batch, channels, pixels;

    Pair(const at::Tensor& first, const at::Tensor& second)
        : a(first.contiguous(at::MemoryFormat::ChannelsLast)), b(second.contiguous(at::MemoryFormat::ChannelsLast)) {
        BFR_CHECK(a.dim() == 4 && a.sizes() == b.sizes() && a.scalar_type() == at::kFloat && a.numel() > 0 &&
                      b.scalar_type() == at::kFloat && a.device().is_cpu() && b.device().is_cpu(),
                  "two sets of features must be float32 on the CPU and of one shape");
        batch = a.size(0), channels = a.size(1), pixels = a.size(2) * a.size(3);
    }
    const float* at(const at::Tensor& which, int64_t item, int64_t pixel) const {
        return which.data_ptr<float>() + (item * pixels + pixel) * channels;
    }
};

// sum(begin, end) of each block of pixels, in their order.
template <class Sum, class Value>
std::vector<Value> by_blocks(int64_t pixels, int64_t block, const Sum& sum, const Value& zero) {
    const int64_t blocks = (pixels + block - 1) / block;
    std::vector<Value> sums(static_cast<size_t>(blocks), zero);
    at::parallel_for(0, blocks, 1, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; i++)
            sum(i * block, std::min(pixels, (i + 1) * block), sums[static_cast<size_t>(i)]);
    });
    return sums;
}

}  // namespace

std::vector<double> mean_distance(const at::Tensor& a, const at::Tensor& b, const at::Tensor& weights) {
    const Pair pair(a, b);
    BFR_CHECK(weights.numel() == pair.channels, "{} weights for {} channels", weights.numel(), pair.channels);
    const std::vector<float> factors = lane_values(weights);
    std::vector<double> result;
    for (int64_t item = 0; item < pair.batch; item++) {
        const auto sums = by_blocks(
            pair.pixels, 1024,
            [&](int64_t begin, int64_t end, double& sum) {
                sum = normalised_distance(pair.at(pair.a, item, begin), pair.at(pair.b, item, begin), end - begin,
                                          pair.channels, factors.data());
            },
            0.0);
        double sum = 0;
        for (const double block : sums) sum += block;
        result.push_back(sum / static_cast<double>(pair.pixels));
    }
    return result;
}

std::vector<std::vector<Moments>> mean_moments(const at::Tensor& a, const at::Tensor& b) {
    const Pair pair(a, b);
    constexpr int64_t kBlock = 4096, kInCache = 64;  // pixels
    std::vector<std::vector<Moments>> result;
    for (int64_t item = 0; item < pair.batch; item++) {
        const auto sums = by_blocks(
            pair.pixels, kBlock,
            [&](int64_t begin, int64_t end, std::vector<Moments>& sum) {
                for (int64_t pixel = begin; pixel < end; pixel += kInCache) {
                    add_moments(pair.at(pair.a, item, pixel), pair.at(pair.b, item, pixel),
                                std::min(kInCache, end - pixel), pair.channels, sum.data());
                }
            },
            std::vector<Moments>(static_cast<size_t>(pair.channels)));
        std::vector<Moments> all(static_cast<size_t>(pair.channels));
        const auto count = static_cast<double>(pair.pixels);
        for (size_t c = 0; c < all.size(); c++) {
            Moments& m = all[c];
            for (const auto& block : sums) {
                m.a += block[c].a, m.b += block[c].b;
                m.aa += block[c].aa, m.bb += block[c].bb, m.ab += block[c].ab;
            }
            m = {m.a / count, m.b / count, m.aa / count, m.bb / count, m.ab / count};
        }
        result.push_back(std::move(all));
    }
    return result;
}

}  // namespace bfr::nets

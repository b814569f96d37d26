#include "nets/ops/channel_moments.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "nets/kernels/lanes.h"

namespace bfr::nets {

namespace {

constexpr int64_t kChunk = 32;           // pixels that are summed up in registers
constexpr int64_t kBlock = 32 * kChunk;  // pixels whose sums are floats: what is between blocks is added as doubles

struct Plane {
    const float* pixels;
    int64_t count, channels;
};

// Of pixels [begin, end): sums of x - first and of its square, channel by channel; `first` is the picture's first
// pixel. That far from zero a variance isn't lost in the mean's square.
BFR_TARGET_CLONES void block_sums(const Plane& plane, int64_t begin, int64_t end, float* sums, float* squares) {
    const int64_t channels = plane.channels;
    for (int64_t c = 0; c < channels; c += kLanes) {
        const int64_t count = std::min(kLanes, channels - c);
        Lanes first, sum = {}, square = {};
        load(first, plane.pixels + c, count);
        for (int64_t chunk = begin; chunk < end; chunk += kChunk) {
            Lanes some = {}, some_squares = {};
            for (int64_t pixel = chunk; pixel < std::min(end, chunk + kChunk); pixel++) {
                Lanes v;
                load(v, plane.pixels + pixel * channels + c, count);
                v -= first;
                some += v;
                some_squares += v * v;
            }
            sum += some;
            square += some_squares;
        }
        store(sums + c, sum, count);
        store(squares + c, square, count);
    }
}

}  // namespace

std::vector<ChannelMoment> channel_moments(const float* pixels, int64_t count, int64_t channels) {
    const Plane plane{pixels, count, channels};
    const int64_t blocks = (count + kBlock - 1) / kBlock;
    std::vector<float> sums(static_cast<size_t>(2 * blocks * channels));
    at::parallel_for(0, blocks, 1, [&](int64_t begin, int64_t end) {
        for (int64_t block = begin; block < end; block++) {
            float* const to = sums.data() + 2 * block * channels;
            block_sums(plane, block * kBlock, std::min(count, (block + 1) * kBlock), to, to + channels);
        }
    });
    std::vector<ChannelMoment> moments;
    const auto n = static_cast<double>(count);
    for (int64_t c = 0; c < channels; c++) {
        double sum = 0, squares = 0;
        for (int64_t block = 0; block < blocks; block++) {
            sum += static_cast<double>(sums[static_cast<size_t>(2 * block * channels + c)]);
            squares += static_cast<double>(sums[static_cast<size_t>((2 * block + 1) * channels + c)]);
        }
        moments.push_back({static_cast<double>(pixels[c]) + sum / n, squares - sum * sum / n});
    }
    return moments;
}

}  // namespace bfr::nets

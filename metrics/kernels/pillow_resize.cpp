#include "metrics/kernels/pillow_resize.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace bfr {

namespace {

constexpr int kChannels = 3, kBits = 22;  // Pillow's fixed point

// What a pixel of the result takes from a line.
struct Window {
    int first;
    std::vector<int> weights;  // in units of 2^-22
};

std::vector<Window> windows(int in, int out) {
    const double scale = static_cast<double>(in) / out, support = std::max(scale, 1.0);
    std::vector<Window> result;
    for (int i = 0; i < out; i++) {
        const double centre = (i + 0.5) * scale;
        const int first = std::max(0, static_cast<int>(centre - support + 0.5)),
                  last = std::min(in, static_cast<int>(centre + support + 0.5));
        std::vector<double> weights;
        double sum = 0;
        for (int x = first; x < last; x++) {
            weights.push_back(std::max(0.0, 1 - std::abs((x - centre + 0.5) / support)));
            sum += weights.back();
        }
        Window window{first, {}};
        for (const double weight : weights)
            window.weights.push_back(static_cast<int>(0.5 + weight / sum * (1 << kBits)));
        result.push_back(std::move(window));
    }
    return result;
}

// `step`: bytes from one pixel of the line to the next.
void resample(const uint8_t* line, ptrdiff_t step, const std::vector<Window>& windows, uint8_t* to, ptrdiff_t to_step) {
    for (const auto& window : windows) {
        for (int c = 0; c < kChannels; c++) {
            int sum = 1 << (kBits - 1);
            const uint8_t* at = line + window.first * step + c;
            for (const int weight : window.weights) {
                sum += weight * *at;
                at += step;
            }
            to[c] = static_cast<uint8_t>(std::clamp(sum >> kBits, 0, 255));
        }
        to += to_step;
    }
}

}  // namespace

std::vector<uint8_t> pillow_bilinear(const uint8_t* rgb, int width, int height, int out_width, int out_height) {
    const ptrdiff_t row = ptrdiff_t{kChannels} * width, out_row = ptrdiff_t{kChannels} * out_width;
    std::vector<uint8_t> wide(rgb, rgb + row * height);
    if (out_width != width) {
        const auto across = windows(width, out_width);
        wide.resize(static_cast<size_t>(out_row * height));
        for (int y = 0; y < height; y++)
            resample(rgb + y * row, kChannels, across, wide.data() + y * out_row, kChannels);
    }
    if (out_height == height) return wide;
    const auto down = windows(height, out_height);
    std::vector<uint8_t> result(static_cast<size_t>(out_row * out_height));
    for (int x = 0; x < out_width; x++)
        resample(wide.data() + x * kChannels, out_row, down, result.data() + x * kChannels, out_row);
    return result;
}

}  // namespace bfr

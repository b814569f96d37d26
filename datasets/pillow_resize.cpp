#include "datasets/pillow_resize.h"

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

struct Kernel {
    double (*value)(double);
    double support;
};

double triangle(double x) { return std::max(0.0, 1 - std::abs(x)); }

double cubic(double x) {
    constexpr double a = -0.5;
    x = std::abs(x);
    if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

Kernel kernel_of(PillowFilter filter) {
    return filter == PillowFilter::kBicubic ? Kernel{cubic, 2} : Kernel{triangle, 1};
}

std::vector<Window> windows(const Kernel& kernel, int in, int out) {
    const double scale = static_cast<double>(in) / out, filter_scale = std::max(scale, 1.0),
                 support = kernel.support * filter_scale;
    std::vector<Window> result;
    for (int i = 0; i < out; i++) {
        const double centre = (i + 0.5) * scale;
        const int first = std::max(0, static_cast<int>(centre - support + 0.5)),
                  last = std::min(in, static_cast<int>(centre + support + 0.5));
        std::vector<double> weights;
        double sum = 0;
        for (int x = first; x < last; x++) {
            weights.push_back(kernel.value((x - centre + 0.5) * (1 / filter_scale)));
            sum += weights.back();
        }
        Window window{first, {}};
        for (const double weight : weights) {
            const double units = weight / sum * (1 << kBits);
            window.weights.push_back(static_cast<int>(units < 0 ? units - 0.5 : units + 0.5));
        }
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

std::vector<uint8_t> pillow_resize(PillowFilter filter, const uint8_t* pixels, int width, int height, int out_width,
                                   int out_height) {
    const Kernel kernel = kernel_of(filter);
    const ptrdiff_t row = ptrdiff_t{kChannels} * width, out_row = ptrdiff_t{kChannels} * out_width;
    std::vector<uint8_t> wide(pixels, pixels + row * height);
    if (out_width != width) {
        const auto across = windows(kernel, width, out_width);
        wide.resize(static_cast<size_t>(out_row * height));
        for (int y = 0; y < height; y++)
            resample(pixels + y * row, kChannels, across, wide.data() + y * out_row, kChannels);
    }
    if (out_height == height) return wide;
    const auto down = windows(kernel, height, out_height);
    std::vector<uint8_t> result(static_cast<size_t>(out_row * out_height));
    for (int x = 0; x < out_width; x++)
        resample(wide.data() + x * kChannels, out_row, down, result.data() + x * kChannels, out_row);
    return result;
}

}  // namespace bfr

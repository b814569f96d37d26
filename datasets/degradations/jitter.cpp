#include "datasets/degradations/jitter.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace bfr {
namespace {

struct Rgb {
    float r, g, b;
};

// torchvision's rgb_to_grayscale: its weights add up to 0.9999.
float gray(const Rgb& p) { return 0.2989f * p.r + 0.587f * p.g + 0.114f * p.b; }

// clip(factor a + (1 - factor) b, 0, 1); 1 - factor in double, as Python has it.
class Blend {
  public:
    explicit Blend(double factor) : a_(static_cast<float>(factor)), b_(static_cast<float>(1 - factor)) {}
    float operator()(float a, float b) const { return std::clamp(a_ * a + b_ * b, 0.0f, 1.0f); }
    Rgb operator()(const Rgb& a, float b) const { return {(*this)(a.r, b), (*this)(a.g, b), (*this)(a.b, b)}; }

  private:
    float a_, b_;
};

Rgb turn_hue(const Rgb& p, float turn) {
    const float most = std::max({p.r, p.g, p.b}), range = most - std::min({p.r, p.g, p.b});
    if (most <= 0) return p;  // black; below it are bicubic's overshoots, which have no hue
    const float saturation = range == 0 ? 0 : range / most, divisor = range == 0 ? 1 : range;
    const float rc = (most - p.r) / divisor, gc = (most - p.g) / divisor, bc = (most - p.b) / divisor;
    float hue = most == p.r ? bc - gc : most == p.g ? 2 + rc - bc : 4 + gc - rc;
    hue = std::fmod(hue / 6 + 1, 1.0f) + turn;
    hue -= std::floor(hue);  // Python's remainder: in [0, 1)

    const float sector = std::floor(hue * 6), f = hue * 6 - sector;
    const float v = most;
    const float down = std::clamp(v * (1 - saturation), 0.0f, 1.0f);
    const float falling = std::clamp(v * (1 - saturation * f), 0.0f, 1.0f);
    const float rising = std::clamp(v * (1 - saturation * (1 - f)), 0.0f, 1.0f);
    switch (static_cast<int>(sector) % 6) {
        case 0:
            return {v, rising, down};
        case 1:
            return {falling, v, down};
        case 2:
            return {down, v, rising};
        case 3:
            return {down, falling, v};
        case 4:
            return {rising, down, v};
        default:
            return {v, down, falling};
    }
}

template <class Change>
void for_each_pixel(cv::Mat& picture, ChannelOrder order, Change change) {
    const int red = order == ChannelOrder::kRgb ? 0 : 2, blue = 2 - red;
    for (int y = 0; y < picture.rows; y++) {
        float* p = picture.ptr<float>(y);
        for (float* const end = p + 3 * picture.cols; p != end; p += 3) {
            const Rgb changed = change(Rgb{p[red], p[1], p[blue]});
            p[red] = changed.r;
            p[1] = changed.g;
            p[blue] = changed.b;
        }
    }
}

float mean_gray(const cv::Mat& picture, ChannelOrder order) {
    const int red = order == ChannelOrder::kRgb ? 0 : 2, blue = 2 - red;
    double sum = 0;
    for (int y = 0; y < picture.rows; y++) {
        const float* p = picture.ptr<float>(y);
        for (const float* const end = p + 3 * picture.cols; p != end; p += 3) sum += gray({p[red], p[1], p[blue]});
    }
    return static_cast<float>(sum / static_cast<double>(picture.total()));
}

}  // namespace

void apply_jitter(cv::Mat& picture, const Jitter& jitter, ChannelOrder order) {
    BFR_CHECK(picture.type() == CV_32FC3, "jitter of a picture of type {}", picture.type());
    for (const auto& [kind, factor] : jitter.adjustments) {
        const Blend blend(factor);
        switch (kind) {
            case JitterKind::kBrightness:
                for_each_pixel(picture, order, [&](const Rgb& p) { return blend(p, 0); });
                break;
            case JitterKind::kContrast:
                for_each_pixel(picture, order,
                               [&, mean = mean_gray(picture, order)](const Rgb& p) { return blend(p, mean); });
                break;
            case JitterKind::kSaturation:
                for_each_pixel(picture, order, [&](const Rgb& p) { return blend(p, gray(p)); });
                break;
            case JitterKind::kHue:
                for_each_pixel(picture, order,
                               [turn = static_cast<float>(factor)](const Rgb& p) { return turn_hue(p, turn); });
                break;
        }
    }
}

}  // namespace bfr

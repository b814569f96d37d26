#include "train/degrade/colour_jitter.h"

#include <ATen/ATen.h>

#include "base/error.h"

namespace bfr::train {
namespace {

// torchvision's rgb_to_grayscale: its weights add up to 0.9999.
at::Tensor gray(const at::Tensor& rgb) { return (rgb[0] * 0.2989).add_(rgb[1] * 0.587).add_(rgb[2] * 0.114); }

at::Tensor blend(const at::Tensor& a, const at::Tensor& b, double factor) {
    return (a * factor).add_(b * (1 - factor)).clamp_(0, 1);
}

// Row by row, so that the sum doesn't depend on the number of threads.
at::Tensor mean_gray(const at::Tensor& rgb) {
    const at::Tensor rows = gray(rgb).to(at::kDouble).sum(1);
    return (rows.sum() / static_cast<double>(rgb.size(1) * rgb.size(2))).to(at::kFloat);
}

at::Tensor turned(const at::Tensor& rgb, double turn) {
    const at::Tensor r = rgb[0], g = rgb[1], b = rgb[2];
    const at::Tensor most = rgb.amax(0), range = most - rgb.amin(0), one = at::ones_like(most);
    const at::Tensor flat = range.eq(0);
    const at::Tensor saturation = at::where(flat, at::zeros_like(most), range / at::where(flat, one, most));
    const at::Tensor divisor = at::where(flat, one, range);
    const at::Tensor rc = (most - r) / divisor, gc = (most - g) / divisor, bc = (most - b) / divisor;
    const at::Tensor sixths = at::where(most.eq(r), bc - gc, at::where(most.eq(g), rc - bc + 2, gc - rc + 4));
    at::Tensor hue = at::fmod(sixths / 6 + 1, 1.0) + turn;
    hue = hue - hue.floor();
    const at::Tensor sector = (hue * 6).floor(), f = hue * 6 - sector;
    const at::Tensor low = (most * (1 - saturation)).clamp_(0, 1), falling = (most * (1 - saturation * f)).clamp_(0, 1),
                     rising = (most * (1 - saturation * (1 - f))).clamp_(0, 1);
    // Of each sector, which of the four each channel is.
    const at::Tensor values = at::stack({most, rising, falling, low});
    const at::Tensor which = at::tensor({0, 2, 3, 3, 1, 0, 1, 0, 0, 2, 3, 3, 3, 3, 1, 0, 0, 2}, at::kLong)
                                 .view({3, 6})
                                 .to(rgb.device())
                                 .index_select(1, sector.to(at::kLong).remainder_(6).flatten())
                                 .view_as(rgb);
    // Black has no hue; below it are bicubic's overshoots.
    return at::where(most.le(0).unsqueeze(0), rgb, values.gather(0, which));
}

}  // namespace

at::Tensor jittered(const at::Tensor& rgb, const Jitter& jitter) {
    at::Tensor picture = rgb;
    for (const auto& [kind, factor] : jitter.adjustments) {
        switch (kind) {
            case JitterKind::kBrightness:
                picture = blend(picture, at::zeros_like(picture[0]), factor);
                break;
            case JitterKind::kContrast:
                picture = blend(picture, mean_gray(picture), factor);
                break;
            case JitterKind::kSaturation:
                picture = blend(picture, gray(picture), factor);
                break;
            case JitterKind::kHue:
                picture = turned(picture, factor);
                break;
        }
    }
    return picture;
}

}  // namespace bfr::train

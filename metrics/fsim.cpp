// FSIM: Zhang, Zhang, Mou and Zhang, "FSIM: a feature similarity index for image quality assessment", IEEE TIP 20
// (2011). The tool that is followed works in single precision, and so do the transforms here.
#include <ATen/ops/_fft_c2c.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/fft_fft2.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/view_as_complex.h>
#include <ATen/ops/view_as_real.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <mutex>

#include "base/target_clones.h"
#include "metrics/kernels/phase_congruency.h"
#include "metrics/pictures.h"
#include "metrics/units.h"

namespace bfr {
namespace {

constexpr int kMinSide = 2;
constexpr float kPhase = 0.85F, kGradient = 160, kChroma = 200, kChromaWeight = 0.03F;
constexpr float kEpsilon = std::numeric_limits<float>::epsilon();
constexpr size_t kSizesKept = 4;

// The filters for a size, made once for the pictures of a run; the sizes used last are kept.
std::shared_ptr<const LogGabors> gabors_for(int width, int height) {
    static std::mutex mutex;
    static std::deque<std::shared_ptr<const LogGabors>> known;
    const std::lock_guard lock(mutex);
    const auto found = std::find_if(known.begin(), known.end(),
                                    [&](const auto& one) { return one->width == width && one->height == height; });
    std::shared_ptr<const LogGabors> gabors;
    if (found != known.end()) {
        gabors = *found;
        known.erase(found);
    } else {
        gabors = std::make_shared<LogGabors>(make_log_gabors(width, height));
    }
    known.push_front(gabors);
    if (known.size() > kSizesKept) known.pop_back();
    return gabors;
}

struct Features {
    Plane luma, i, q;
    Plane phase, gradient;
    bool flat = false;  // the luma is one level
};

BFR_TARGET_CLONES
void to_ntsc(const float* __restrict red, const float* __restrict green, const float* __restrict blue, size_t n,
             float* __restrict y, float* __restrict i, float* __restrict q) {
    for (size_t p = 0; p < n; p++) {
        const double r = red[p], g = green[p], b = blue[p];
        y[p] = static_cast<float>(0.299 * r + 0.587 * g + 0.114 * b);
        i[p] = static_cast<float>(0.5959 * r - 0.2746 * g - 0.3213 * b);
        q[p] = static_cast<float>(0.2115 * r - 0.5227 * g + 0.3112 * b);
    }
}

// Means of f x f pixels, f = round(shorter side / 256), as NTSC's Y, I and Q.
void fill_colours(const Image& image, Features& features) {
    std::vector<Plane> rgb = planes_of(image, Colour::kRgb, 0);
    // Python's round: half to even.
    const int block = static_cast<int>(std::nearbyint(std::min(image.width(), image.height()) / 256.0));
    if (block > 1) {
        for (auto& plane : rgb) plane = block_means(plane, block);
    }
    const int width = rgb[0].width, height = rgb[0].height;
    features.luma = features.i = features.q = Plane(width, height);
    to_ntsc(rgb[0].values.data(), rgb[1].values.data(), rgb[2].values.data(), features.luma.values.size(),
            features.luma.values.data(), features.i.values.data(), features.q.values.data());
}

BFR_TARGET_CLONES
void scale_complex(const float* __restrict values, const float* __restrict factors, size_t n, float* __restrict out) {
    for (size_t p = 0; p < n; p++) {
        out[2 * p] = factors[p] * values[2 * p];
        out[2 * p + 1] = factors[p] * values[2 * p + 1];
    }
}

Plane phase_of(const Plane& luma) {
    const c10::InferenceMode inference;
    const auto gabors = gabors_for(luma.width, luma.height);
    const int64_t width = luma.width, height = luma.height;
    const auto n = static_cast<size_t>(width * height);
    const at::Tensor picture = at::from_blob(const_cast<float*>(luma.values.data()), {height, width}, at::kFloat);
    const at::Tensor spectrum = at::view_as_real(at::fft_fft2(picture)).contiguous();
    const at::Tensor filtered = at::empty({kGaborScales, height, width, 2}, at::kFloat);
    PhaseCongruency congruency(*gabors);
    for (int o = 0; o < kGaborOrientations; o++) {
        const float* transfer = gabors->orientation(o);
        for (size_t s = 0; s < kGaborScales; s++)
            scale_complex(spectrum.data_ptr<float>(), transfer + s * n, n, filtered.data_ptr<float>() + 2 * s * n);
        // Inverse, without a factor; fft_ifft2_out would compute this and copy it.
        const at::Tensor responses = at::_fft_c2c(at::view_as_complex(filtered), {1, 2}, 0, false);
        congruency.add(o, reinterpret_cast<const float*>(responses.data_ptr<c10::complex<float>>()));
    }
    return congruency.result();
}

BFR_TARGET_CLONES
void scharr_row(const float* above, const float* here, const float* below, int width, float* __restrict out) {
    for (int x = 0; x < width; x++) {
        const float across =
            3 * (above[x + 1] - above[x - 1]) + 10 * (here[x + 1] - here[x - 1]) + 3 * (below[x + 1] - below[x - 1]);
        const float down =
            3 * (below[x - 1] - above[x - 1]) + 10 * (below[x] - above[x]) + 3 * (below[x + 1] - above[x + 1]);
        out[x] = std::sqrt((across * across + down * down) / 256 + kEpsilon);
    }
}

// Scharr's gradients divided by 16, zeros beyond the border.
Plane scharr_of(const Plane& luma) {
    Plane padded(luma.width + 2, luma.height + 2);
    for (int y = 0; y < luma.height; y++) std::copy(luma.row(y), luma.row(y) + luma.width, padded.row(y + 1) + 1);
    Plane result(luma.width, luma.height);
    for (int y = 0; y < luma.height; y++)
        scharr_row(padded.row(y) + 1, padded.row(y + 1) + 1, padded.row(y + 2) + 1, luma.width, result.row(y));
    return result;
}

Features features_of(const Image& image) {
    Features features;
    fill_colours(image, features);
    const auto& levels = features.luma.values;
    features.flat = std::all_of(levels.begin(), levels.end(), [&](float v) { return v == levels[0]; });
    if (features.flat) return features;
    features.phase = phase_of(features.luma);
    features.gradient = scharr_of(features.luma);
    return features;
}

BFR_INLINE float similarity(float a, float b, float constant) {
    return (2 * a * b + constant) / (a * a + b * b + constant + kEpsilon);
}

// At each place of two planes: their likeness.
BFR_TARGET_CLONES
void compare_planes(const float* __restrict a, const float* __restrict b, float constant, size_t n,
                    float* __restrict out) {
    for (size_t p = 0; p < n; p++) out[p] *= similarity(a[p], b[p], constant);
}

// At each place: the likeness of gradients and phases, that of the colours, and the weight.
void compare(const Features& a, const Features& b, std::vector<float>& likeness, std::vector<float>& colours,
             std::vector<float>& weights) {
    const size_t n = a.phase.values.size();
    likeness.assign(n, 1);
    colours.assign(n, 1);
    weights.resize(n);
    const auto times = [n](std::vector<float>& product, const Plane& x, const Plane& y, float constant) {
        compare_planes(x.values.data(), y.values.data(), constant, n, product.data());
    };
    times(likeness, a.gradient, b.gradient, kGradient);
    times(likeness, a.phase, b.phase, kPhase);
    times(colours, a.i, b.i, kChroma);
    times(colours, a.q, b.q, kChroma);
    for (size_t p = 0; p < n; p++) weights[p] = std::max(a.phase.values[p], b.phase.values[p]);
}

class Fsim : public ImageMetric {
  public:
    explicit Fsim(bool chroma) : chroma_(chroma) {
        info_.label = label_of("fsim", {{"chroma", chroma ? "true" : "false", "true"}});
        info_.version = "1";
        info_.summary = "Likeness of phase congruency and gradients to the reference's";
        info_.convention = fmt::format(
            "{}; means of f x f pixels first, f = round(shorter side / 256); Y = 0.299 R + 0.587 G + 0.114 B in "
            "0..255; "
            "log-Gabor filters of four scales from 6 pixels on and four orientations, Scharr gradients, T1 = 0.85, "
            "T2 = 160{}; single precision",
            chroma ? "with colour (FSIMc)" : "luma alone (FSIM)", chroma ? ", T3 = T4 = 200, lambda = 0.03" : "");
        info_.source = chroma ? "IQA-PyTorch (pyiqa) 0.1.16 pyiqa/archs/fsim_arch.py"
                              : "IQA-PyTorch (pyiqa) 0.1.16 pyiqa/archs/fsim_arch.py, chromatic=False";
        info_.values = {{info_.label, "", Direction::kHigherIsBetter, "feature similarity", 4}};
    }

    const ScorerInfo& info() const override { return info_; }

    Scores score(const ScoredPicture& picture) const override {
        const Image &restored = picture.restored, *reference = picture.reference;
        check_pair(info_.label, restored, *reference, 0, kMinSide);
        const auto& b = reference->memo<Features>("metrics.fsim", [&] { return features_of(*reference); });
        const Features a = features_of(restored);
        if (a.flat || b.flat) {
            return {{Score::none(fmt::format("undefined: the {} is one level of gray, without any phase",
                                             b.flat ? "reference" : "restored picture"))}};
        }
        const size_t n = a.phase.values.size();
        std::vector<float> likeness, colours, weights;
        compare(a, b, likeness, colours, weights);
        double sum = 0, total = 0;
        for (size_t p = 0; p < n; p++) {
            const float colour = chroma_ ? std::pow(std::abs(colours[p]), kChromaWeight) : 1.0F;
            sum += static_cast<double>(likeness[p]) * colour * weights[p];
            total += weights[p];
        }
        return {{sum / total}};
    }

  private:
    bool chroma_;
    ScorerInfo info_;
};

}  // namespace

std::unique_ptr<ImageMetric> make_fsim(SpecReader& reader, const UnitContext&) {
    const bool chroma = reader.flag("chroma", true);
    reader.finish();
    return std::make_unique<Fsim>(chroma);
}

}  // namespace bfr

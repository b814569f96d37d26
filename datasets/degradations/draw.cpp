#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "base/error.h"
#include "base/random.h"
#include "datasets/degradations/presets.h"

namespace bfr {
namespace {

// Draws one step. A kind of step that a preset has twice draws its second from the next layer of the same streams.
class StepDrawer {
  public:
    StepDrawer(uint64_t seed, std::string_view id, int width, int height, double pixel_factor, std::vector<Step>& steps)
        : seed_(seed), id_(id), width_(width), height_(height), pixel_factor_(pixel_factor), steps_(steps) {}

    void draw(const StepRange& range) {
        layer_ = met_[range.index()]++;
        std::visit([this](const auto& r) { add(r); }, range);
    }

  private:
    Draw stream(const char* name) const { return Draw(seed_, id_, name, layer_); }
    double uniform(const char* name, Range range) const { return stream(name).uniform(0, range.lo, range.hi); }
    bool happens(const char* name, double probability) const { return stream(name).uniform(0) < probability; }

    void add(const BlurRange& range) {
        Blur blur;
        blur.type = happens("degrade/kernel_type", range.iso_probability) ? KernelType::kIso : KernelType::kAniso;
        blur.size = range.sizes[stream("degrade/kernel_size").integer(0, range.sizes.size())];
        blur.sigma_x = blur.sigma_y = uniform("degrade/sigma_x", range.sigma);
        if (blur.type == KernelType::kAniso) {
            blur.sigma_y = uniform("degrade/sigma_y", range.sigma);
            blur.rotation = uniform("degrade/rotation", {-std::numbers::pi, std::numbers::pi});
        }
        if (pixel_factor_ != 1) {
            const double radius = std::min<double>(std::round(blur.size / 2 * pixel_factor_), kMaxKernelSize / 2);
            blur.size = 2 * static_cast<int>(radius) + 1;
            for (double* sigma : {&blur.sigma_x, &blur.sigma_y})
                *sigma = std::clamp(*sigma * pixel_factor_, 0.01, 1000.0);
        }
        steps_.push_back(blur);
    }
    void add(const HazeRange& range) {
        if (happens("degrade/haze", range.probability))
            steps_.push_back(Haze{uniform("degrade/haze_alpha", range.alpha)});
    }
    void add(const DownsampleRange& range) {
        const double scale = uniform("degrade/scale", range.scale);
        steps_.push_back(Downsample{scale, small_side(width_, scale), small_side(height_, scale)});
    }
    void add(const NoiseRange& range) {
        steps_.push_back(Noise{uniform("degrade/noise_sigma", range.sigma), range.rule, "degrade/noise", layer_});
    }
    void add(const JpegRange& range) {
        const double drawn = uniform("degrade/jpeg_quality", range.quality);
        steps_.push_back(Jpeg{drawn, static_cast<int>(drawn)});
    }
    void add(const ShiftRange& range) {
        if (!happens("degrade/shift", range.probability)) return;
        Shift shift;
        const Draw by = stream("degrade/shift_by");
        for (size_t c = 0; c < 3; c++) shift.by[c] = by.uniform(c, -range.most, range.most);
        steps_.push_back(shift);
    }
    void add(const GrayRange& range) {
        if (happens("degrade/gray", range.probability)) steps_.push_back(Gray{range.reference});
    }
    void add(const JitterRange& range) {
        if (!happens("degrade/jitter", range.probability)) return;
        Jitter jitter;
        jitter.adjustments = {{JitterKind::kBrightness, uniform("degrade/brightness", range.brightness)},
                              {JitterKind::kContrast, uniform("degrade/contrast", range.contrast)},
                              {JitterKind::kSaturation, uniform("degrade/saturation", range.saturation)},
                              {JitterKind::kHue, uniform("degrade/hue", range.hue)}};
        const Draw order = stream("degrade/jitter_order");
        for (size_t i = 3; i > 0; i--) std::swap(jitter.adjustments[i], jitter.adjustments[order.integer(i, i + 1)]);
        steps_.push_back(jitter);
    }
    void add(const Enlarge&) { steps_.push_back(Enlarge{}); }
    void add(const Round&) { steps_.push_back(Round{}); }

    uint64_t seed_;
    std::string_view id_;
    int width_, height_;
    double pixel_factor_;
    std::vector<Step>& steps_;
    std::array<uint32_t, std::variant_size_v<StepRange>> met_{};
    uint32_t layer_ = 0;
};

}  // namespace

DegradationParameters draw_parameters(const DegradationPreset& preset, uint64_t seed, std::string_view id, int width,
                                      int height, const DrawOptions& options) {
    if (width < 1 || height < 1 || width > kMaxDegradedSide || height > kMaxDegradedSide) {
        throw Error(fmt::format("{}: a picture of {}x{} can't be degraded; sides of 1 to {} pixels can", id, width,
                                height, kMaxDegradedSide));
    }
    DegradationParameters parameters{preset.name, seed, std::string(id), width, height, preset.channels, {}};
    const double factor =
        options.reference_size > 0 ? static_cast<double>(std::min(width, height)) / options.reference_size : 1;
    StepDrawer drawer(seed, id, width, height, factor, parameters.steps);
    for (const auto& range : preset.steps) drawer.draw(range);
    check_parameters(parameters, preset.name);
    return parameters;
}

}  // namespace bfr

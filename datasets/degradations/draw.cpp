#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/random.h"
#include "datasets/degradations/presets.h"

namespace bfr {
namespace {

// Where a range is called by its draw's name, for a grid's axes.
const Range* range_named(const std::vector<StepRange>& steps, std::string_view name) {
    for (const auto& step : steps) {
        if (const auto* blur = std::get_if<BlurRange>(&step)) {
            if (name == "degrade/sigma_x") return &blur->sigma;
            if (name == "degrade/sigma_y") return blur->sigma_y ? &*blur->sigma_y : &blur->sigma;
            if (name == "degrade/rotation") return &blur->rotation;
        } else if (const auto* down = std::get_if<DownsampleRange>(&step)) {
            if (name == "degrade/scale") return &down->scale;
        } else if (const auto* noise = std::get_if<NoiseRange>(&step)) {
            if (name == "degrade/noise_sigma") return &noise->sigma;
        } else if (const auto* jpeg = std::get_if<JpegRange>(&step)) {
            if (name == "degrade/jpeg_quality") return &jpeg->quality;
        }
    }
    BFR_CHECK(false, "no range is drawn as {}", name);
}

// One combination of a grid: which value each draw takes.
class GridPoint {
  public:
    GridPoint(const TestGrid& grid, const std::vector<StepRange>& steps, PlaceInSet place) {
        std::vector<size_t> counts;
        size_t combinations = 1;
        for (const auto& axis : grid.axes) {
            counts.push_back(range_named(steps, axis)->one_of.size());
            combinations *= counts.back();
        }
        const size_t combination = grid_combination(place, combinations);
        size_t rest = combination;
        for (size_t i = counts.size(); i-- > 0;) {
            digits_[grid.axes[i]] = rest % counts[i];
            rest /= counts[i];
        }
        const size_t choices = range_named(steps, grid.python_drawn)->one_of.size();
        digits_[grid.python_drawn] =
            python_choices(grid.python_seed, static_cast<uint32_t>(choices), combination + 1).back();
    }
    std::optional<size_t> find(std::string_view name) const {
        const auto found = digits_.find(name);
        return found == digits_.end() ? std::nullopt : std::optional(found->second);
    }

  private:
    std::map<std::string, size_t, std::less<>> digits_;
};

// Draws steps. A kind of step that comes twice draws its second from the next layer of the same streams.
class StepDrawer {
  public:
    StepDrawer(const DegradationPreset& preset, DegradationParameters& parameters, double pixel_factor,
               std::optional<GridPoint> point)
        : preset_(preset), parameters_(parameters), pixel_factor_(pixel_factor), point_(std::move(point)) {
        met_.fill(preset.layer);
    }

    void draw_all() {
        for (; at_ < preset_.steps.size(); at_++) draw(preset_.steps[at_]);
    }

  private:
    void draw(const StepRange& range) {
        layer_ = met_[range.index()]++;
        std::visit([this](const auto& r) { add(r); }, range);
    }

    Draw stream(const char* name) const { return Draw(parameters_.seed, parameters_.id, name, layer_); }
    bool happens(const char* name, double probability) const {
        return probability >= 1 || stream(name).uniform(0) < probability;
    }
    template <class Value>
    Value one_of(const char* name, const std::vector<Value>& values) const {
        return values[stream(name).integer(0, values.size())];
    }
    double value(const char* name, const Range& range) const {
        if (point_) {
            if (const auto digit = point_->find(name)) return range.one_of.at(*digit);
        }
        if (!range.one_of.empty()) return one_of(name, range.one_of);
        return stream(name).uniform(0, range.lo, range.hi);
    }
    // -most..most
    static int around_zero(const Draw& draw, uint64_t i, int most) {
        return static_cast<int>(draw.integer(i, 2 * static_cast<uint64_t>(most) + 1)) - most;
    }
    int scaled(int pixels) const { return static_cast<int>(std::lround(pixels * pixel_factor_)); }

    void add(const BlurRange& range) {
        if (!happens("degrade/blur", range.probability)) return;
        Blur blur;
        blur.type =
            stream("degrade/kernel_type").uniform(0) < range.iso_probability ? KernelType::kIso : KernelType::kAniso;
        blur.size = one_of("degrade/kernel_size", range.sizes);
        blur.sigma_x = blur.sigma_y = value("degrade/sigma_x", range.sigma);
        if (blur.type == KernelType::kAniso) {
            blur.sigma_y = value("degrade/sigma_y", range.sigma_y.value_or(range.sigma));
            blur.rotation = value("degrade/rotation", range.rotation);
        }
        if (pixel_factor_ != 1) {
            const double radius = std::min<double>(std::round(blur.size / 2 * pixel_factor_), kMaxKernelSize / 2);
            blur.size = 2 * static_cast<int>(radius) + 1;
            for (double* sigma : {&blur.sigma_x, &blur.sigma_y})
                *sigma = std::clamp(*sigma * pixel_factor_, 0.01, 1000.0);
        }
        put(blur);
    }
    void add(const HazeRange& range) {
        if (happens("degrade/haze", range.probability)) put(Haze{value("degrade/haze_alpha", range.alpha)});
    }
    void add(const DownsampleRange& range) {
        if (!happens("degrade/downsample", range.probability)) return;
        const double scale = value("degrade/scale", range.scale);
        put(Downsample{scale, small_side(parameters_.width, scale), small_side(parameters_.height, scale),
                       range.interpolations.empty() ? Interpolation::kBilinear
                                                    : one_of("degrade/interpolation", range.interpolations)});
    }
    void add(const NoiseRange& range) {
        if (!happens("degrade/noise_step", range.probability)) return;
        put(Noise{value("degrade/noise_sigma", range.sigma), range.rule, "degrade/noise", layer_,
                  range.gray_probability > 0 && happens("degrade/noise_gray", range.gray_probability)});
    }
    void add(const JpegRange& range) {
        if (!happens("degrade/jpeg", range.probability)) return;
        const double drawn = value("degrade/jpeg_quality", range.quality);
        put(Jpeg{drawn, static_cast<int>(drawn)});
    }
    void add(const ShiftRange& range) {
        if (!happens("degrade/shift", range.probability)) return;
        Shift shift;
        const Draw by = stream("degrade/shift_by");
        for (size_t c = 0; c < 3; c++) shift.by[c] = by.uniform(c, -range.most, range.most);
        put(shift);
    }
    void add(const GrayRange& range) {
        if (happens("degrade/gray", range.probability)) put(Gray{range.reference});
    }
    void add(const JitterRange& range) {
        if (!happens("degrade/jitter", range.probability)) return;
        Jitter jitter;
        auto& all = jitter.adjustments;
        const auto add_one = [&](JitterKind kind, const char* name, const std::optional<Range>& factor) {
            if (factor) all.emplace_back(kind, value(name, *factor));
        };
        add_one(JitterKind::kBrightness, "degrade/brightness", range.brightness);
        add_one(JitterKind::kContrast, "degrade/contrast", range.contrast);
        add_one(JitterKind::kSaturation, "degrade/saturation", range.saturation);
        add_one(JitterKind::kHue, "degrade/hue", range.hue);
        const Draw order = stream("degrade/jitter_order");
        for (size_t i = all.size(); i-- > 1;) std::swap(all[i], all[order.integer(i, i + 1)]);
        put(jitter);
    }
    void add(const TranslateRange& range) {
        if (!happens("degrade/translate", range.probability)) return;
        const Draw by = stream("degrade/translate_by");
        const auto within = [this](int pixels, int side) { return std::clamp(scaled(pixels), 1 - side, side - 1); };
        put(Translate{within(around_zero(by, 0, range.most), parameters_.width),
                      within(around_zero(by, 1, range.most), parameters_.height)});
    }
    void add(const UnevenRange& range) {
        if (!happens("degrade/uneven", range.probability)) return;
        const uint64_t sides = static_cast<uint64_t>(range.most_side - range.least_side) + 1;
        const int drawn = range.least_side + static_cast<int>(stream("degrade/uneven_side").integer(0, sides));
        const int side = std::clamp(scaled(drawn), 1, std::min(parameters_.width, parameters_.height));
        const Draw at = stream("degrade/uneven_at");
        const auto place = [&](uint64_t i, int length) {
            return static_cast<int>(at.integer(i, static_cast<uint64_t>(length - side) + 1));
        };
        const Uneven uneven{place(0, parameters_.width), place(1, parameters_.height), side};
        put(Aside{});
        for (size_t i = 0; i < at_; i++) {
            if (!std::holds_alternative<TranslateRange>(preset_.steps[i])) draw(preset_.steps[i]);
        }
        put(uneven);
    }
    void add(const Enlarge& enlarge) { put(enlarge); }
    void add(const Round&) { put(Round{}); }

    void put(Step step) { parameters_.steps.push_back(std::move(step)); }

    const DegradationPreset& preset_;
    DegradationParameters& parameters_;
    double pixel_factor_;
    std::optional<GridPoint> point_;
    size_t at_ = 0;
    std::array<uint32_t, std::variant_size_v<StepRange>> met_{};
    uint32_t layer_ = 0;
};

}  // namespace

size_t grid_size(const DegradationPreset& preset) {
    if (!preset.grid) return 0;
    size_t combinations = 1;
    for (const auto& axis : preset.grid->axes) combinations *= range_named(preset.steps, axis)->one_of.size();
    return combinations;
}

DegradationParameters draw_parameters(const DegradationPreset& preset, uint64_t seed, std::string_view id, int width,
                                      int height, const DrawOptions& options) {
    if (width < 1 || height < 1 || width > kMaxDegradedSide || height > kMaxDegradedSide) {
        throw Error(fmt::format("{}: a picture of {}x{} can't be degraded; sides of 1 to {} pixels can", id, width,
                                height, kMaxDegradedSide));
    }
    DegradationParameters parameters{preset.name, seed, std::string(id), width, height, preset.channels, {}};
    const int reference = options.reference_size.value_or(preset.reference_size);
    const double factor = reference > 0 ? static_cast<double>(std::min(width, height)) / reference : 1;
    std::optional<GridPoint> point;
    if (preset.grid) {
        if (!options.place) {
            throw UsageError(
                fmt::format("{} is a grid over a whole set: a picture's place in it must be known", preset.name));
        }
        point.emplace(*preset.grid, preset.steps, *options.place);
    }
    StepDrawer(preset, parameters, factor, std::move(point)).draw_all();
    check_parameters(parameters, preset.name);
    return parameters;
}

}  // namespace bfr

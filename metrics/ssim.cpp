#include "metrics/kernels/ssim.h"

#include <cmath>

#include "metrics/pictures.h"
#include "metrics/units.h"

namespace bfr {
namespace {

constexpr int kReflectedBorder = 5;  // torchmetrics: half its window

struct SsimOptions {
    std::string convention = "basicsr";
    bool luma = false;
    int crop = 0;
    bool downsample = false;  // pyiqa
    bool uniform = false;     // scikit-image
};

// What the options come down to.
struct Recipe {
    Colour colour = Colour::kRgb;
    std::string window_name = "gaussian";
    SsimWindow window = SsimWindow::gaussian();
    bool cut_negative = false;
    bool reflect = false;
    int min_side = 11;
    std::string convention, source;
};

constexpr const char* kConstants = "C1 = (0.01 x 255)^2, C2 = (0.03 x 255)^2";

Recipe recipe_of(const SsimOptions& options) {
    const std::string gaussian = fmt::format("Gaussian 11x11, sigma 1.5, valid area only, {}, double", kConstants);
    Recipe recipe;
    if (options.convention == "basicsr") {
        recipe.colour = options.luma ? Colour::kBt601Y : Colour::kRgb;
        recipe.convention = fmt::format("{}; {}",
                                        options.luma ? "Y of BT.601 in 16..235, single precision, not rounded"
                                                     : "mean of the 8-bit R, G and B channels",
                                        gaussian);
        recipe.source = "BasicSR basicsr/metrics/psnr_ssim.py calculate_ssim, 8d56e3a";
    } else if (options.convention == "vqfr") {
        recipe.colour = options.luma ? Colour::kVqfrY : Colour::kVqfrRgb;
        recipe.convention = fmt::format(
            "{} after each restored channel was moved to the reference channel's mean and scaled to its standard "
            "deviation, "
            "twice, in single precision, neither clipped nor rounded; {}",
            options.luma ? "Y of BT.601 in 16..235" : "mean of the R, G and B channels", gaussian);
        recipe.source =
            "VQFR metric_paper/calculate_psnr_ssim.py, 239c77a, with correct_mean_var, which its switch leaves always "
            "on";
    } else if (options.convention == "pyiqa") {
        recipe.colour = options.luma ? Colour::kYiqYRounded : Colour::kRgb;
        recipe.window_name = "gaussian-of-single-sum";
        recipe.window = SsimWindow::gaussian_of_single_sum();
        recipe.cut_negative = true;
        recipe.convention = fmt::format(
            "{}; negative contrast-structure counts as 0; Gaussian 11x11, sigma 1.5, of single-precision weights, "
            "valid area only, {}, "
            "double; {}",
            options.luma ? "Y = 0.299 R + 0.587 G + 0.114 B in 0..255, rounded (pyiqa ssim)"
                         : "mean of the 8-bit R, G and B channels (pyiqa ssimc)",
            kConstants,
            options.downsample ? "first reduced to means of f x f pixels, f = round(shorter side / 256)"
                               : "not downsampled");
        recipe.source = "IQA-PyTorch (pyiqa) 0.1.16 pyiqa/archs/ssim_arch.py";
    } else if (options.convention == "skimage") {
        recipe.source = "scikit-image 0.26.0 skimage.metrics.structural_similarity";
        recipe.convention = fmt::format(
            "mean of the 8-bit R, G and B channels; {}, population covariance (gaussian_weights=True, sigma=1.5, "
            "use_sample_covariance=False), data_range 255",
            gaussian);
        if (options.uniform) {
            recipe.window_name = "uniform";
            recipe.window = SsimWindow::uniform();
            recipe.min_side = 7;
            recipe.convention = fmt::format(
                "mean of the 8-bit R, G and B channels; uniform 7x7 window, sample covariance (x 49/48), valid area "
                "only, {}, double, "
                "data_range 255",
                kConstants);
        }
    } else {
        recipe.reflect = true;
        recipe.min_side = kReflectedBorder + 1;
        recipe.convention = fmt::format(
            "mean of the R, G and B channels; Gaussian 11x11, sigma 1.5, over the whole picture, continued by "
            "reflection, {}, data_range "
            "full; double, as torchmetrics gives for float64 pictures (its single precision lies up to 1e-4 off)",
            kConstants);
        recipe.source = "torchmetrics 1.9.0 functional/image/ssim.py";
    }
    recipe.convention += fmt::format("; {} pixels cropped at each border", options.crop);
    return recipe;
}

std::string ssim_label(const SsimOptions& o) {
    return label_of(
        "ssim", {{"convention", o.convention, "basicsr"},
                 {"space", o.luma ? "y" : "rgb", o.convention == "pyiqa" ? "y" : "rgb"},
                 {"crop", std::to_string(o.crop), "0"},
                 {"downsample", o.downsample ? "true" : "false", "false"},
                 {"window", o.uniform ? "uniform" : "gaussian", o.convention == "skimage" ? "uniform" : "gaussian"}});
}

class Ssim : public ImageMetric {
  public:
    explicit Ssim(const SsimOptions& options) : options_(options), recipe_(recipe_of(options)) {
        info_.label = ssim_label(options);
        info_.version = "1";
        info_.summary = "Structural similarity to the reference";
        info_.convention = recipe_.convention;
        info_.source = recipe_.source;
        info_.values = {{info_.label, "", Direction::kHigherIsBetter, "structural similarity", 4}};
    }

    const ScorerInfo& info() const override { return info_; }

    Scores score(const ScoredPicture& picture) const override {
        const Image &restored = picture.restored, *reference = picture.reference;
        check_pair(info_.label, restored, *reference, options_.crop, recipe_.min_side);
        std::vector<Plane> planes;
        if (options_.convention == "vqfr") {
            auto matched = vqfr_matched_planes(restored, *reference, options_.luma, options_.crop);
            if (!matched) return {{Score::none(kVqfrUndefined)}};
            planes = std::move(*matched);
        } else {
            planes = prepared(restored);
        }
        const Prepared& wanted = prepared_reference(*reference);
        double sum = 0;
        for (size_t c = 0; c < planes.size(); c++) {
            sum += mean_similarity(planes[c], wanted.planes[c], wanted.means[c], recipe_.window, SsimTerm::kFull,
                                   recipe_.cut_negative);
        }
        return {{sum / static_cast<double>(planes.size())}};
    }

  private:
    struct Prepared {
        std::vector<Plane> planes;
        std::vector<LocalMeans> means;
    };

    std::vector<Plane> prepared(const Image& image) const {
        std::vector<Plane> planes = planes_of(image, recipe_.colour, options_.crop);
        for (auto& plane : planes) {
            if (options_.downsample) {
                // Python's round: half to even.
                const int block = static_cast<int>(std::nearbyint(std::min(plane.width, plane.height) / 256.0));
                if (block > 1) plane = block_means(plane, block);
            }
            if (recipe_.reflect) plane = reflected(plane, kReflectedBorder);
        }
        return planes;
    }

    const Prepared& prepared_reference(const Image& reference) const {
        const std::string key = fmt::format("metrics.ssim {} crop {}{}{} window {}", to_string(recipe_.colour),
                                            options_.crop, options_.downsample ? " downsampled" : "",
                                            recipe_.reflect ? " reflected" : "", recipe_.window_name);
        return reference.memo<Prepared>(key, [&] {
            Prepared result{prepared(reference), {}};
            for (const auto& plane : result.planes) result.means.push_back(local_means(plane, recipe_.window));
            return result;
        });
    }

    SsimOptions options_;
    Recipe recipe_;
    ScorerInfo info_;
};

}  // namespace

std::unique_ptr<ImageMetric> make_ssim(SpecReader& reader, const UnitContext&) {
    SsimOptions options;
    const std::string conventions[] = {"basicsr", "pyiqa", "skimage", "torchmetrics", "vqfr"};
    options.convention = reader.choice("convention", "basicsr", conventions);
    const bool pyiqa = options.convention == "pyiqa", skimage = options.convention == "skimage";
    const std::string spaces[] = {"rgb", "y"};
    options.luma = reader.choice("space", pyiqa ? "y" : "rgb", spaces) == "y";
    if (options.luma && (skimage || options.convention == "torchmetrics")) {
        throw UsageError(fmt::format(
            "metric ssim: {} has no Y of its own; use space=rgb, or convention=basicsr or pyiqa", options.convention));
    }
    options.crop = static_cast<int>(reader.integer("crop", 0, 0, 65535));
    options.downsample = reader.flag("downsample", false);
    if (options.downsample && !pyiqa)
        throw UsageError("metric ssim: downsample=true is an option of convention=pyiqa alone");
    const std::string windows[] = {"uniform", "gaussian"};
    options.uniform = reader.choice("window", skimage ? "uniform" : "gaussian", windows) == "uniform";
    if (options.uniform && !skimage)
        throw UsageError("metric ssim: window=uniform is an option of convention=skimage alone");
    return std::make_unique<Ssim>(options);
}

}  // namespace bfr

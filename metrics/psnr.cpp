// 10 log10(peak^2 / (MSE + epsilon)): one formula; the tools differ in what they compare and in epsilon.
#include <array>
#include <cmath>

#include "metrics/kernels/squared_error.h"
#include "metrics/pictures.h"
#include "metrics/units.h"

namespace bfr {
namespace {

struct Convention {
    std::string name;
    double epsilon;      // added to the mean squared error of values in [0, 1]
    std::string rgb, y;  // what is compared; y is empty where the tool has no luma of its own
    std::string source;
};

const std::array<Convention, 6>& conventions() {
    static const std::array<Convention, 6> table = {{
        {"basicsr", 0, "8-bit RGB, all channels together, peak 255, double",
         "Y of BT.601 in 16..235, single precision, not rounded; peak 255, double",
         "BasicSR basicsr/metrics/psnr_ssim.py calculate_psnr, 8d56e3a"},
        {"basicsr-pt", 1e-8, "RGB in [0, 1], all channels together, peak 1, MSE + 1e-8, double",
         "Y of BT.601 in 16/255..235/255, single precision, not rounded; peak 1, MSE + 1e-8, double",
         "BasicSR basicsr/metrics/psnr_ssim.py calculate_psnr_pt, 8d56e3a"},
        {"pyiqa", 1e-8,
         "RGB in [0, 1], all channels together, peak 1, MSE + 1e-8; summed in double where pyiqa has single precision",
         "Y = 0.299 R + 0.587 G + 0.114 B in [0, 1], single precision, not rounded; peak 1, MSE + 1e-8; summed in "
         "double",
         "IQA-PyTorch (pyiqa) 0.1.16 pyiqa/archs/psnr_arch.py"},
        {"skimage", 0, "8-bit RGB, all channels together, data_range 255, double", "",
         "scikit-image 0.26.0 skimage.metrics.peak_signal_noise_ratio"},
        {"torchmetrics", 0,
         "RGB, all channels together, data_range full; double where torchmetrics has single precision", "",
         "torchmetrics 1.9.0 functional/image/psnr.py"},
        {"vqfr", 0,
         "RGB; each restored channel first moved to the reference channel's mean and scaled to its standard deviation, "
         "twice, in "
         "single precision, neither clipped nor rounded; peak 255",
         "Y of BT.601 in 16..235 of RGB whose restored channels were first matched to the reference's mean and "
         "standard deviation, "
         "twice, in single precision; peak 255",
         "VQFR metric_paper/calculate_psnr_ssim.py, 239c77a, with correct_mean_var, which its switch leaves always on"},
    }};
    return table;
}

class Psnr : public ImageMetric {
  public:
    Psnr(const Convention& convention, bool luma, int crop) : convention_(convention), luma_(luma), crop_(crop) {
        info_.label = label_of("psnr", {{"convention", convention.name, conventions()[0].name},
                                        {"space", luma ? "y" : "rgb", "rgb"},
                                        {"crop", std::to_string(crop), "0"}});
        info_.version = "1";
        info_.summary = "Peak signal-to-noise ratio against the reference";
        info_.convention = (luma ? convention.y : convention.rgb) +
                           fmt::format("; {} pixels cropped at each border; equal pictures: {}", crop,
                                       convention.epsilon > 0 ? "80 dB" : "no value (infinite)");
        info_.source = convention.source;
        info_.values = {{info_.label, "dB", Direction::kHigherIsBetter, "peak signal-to-noise ratio", 3}};
    }

    const ScorerInfo& info() const override { return info_; }

    Scores score(const ScoredPicture& picture) const override {
        const Image &restored = picture.restored, *reference = picture.reference;
        check_pair(info_.label, restored, *reference, crop_, 1);
        return {{psnr(restored, *reference)}};
    }

  private:
    Score psnr(const Image& restored, const Image& reference) const {
        if (convention_.name == "vqfr") {
            // The script's own rounding would leave a finite number for equal pictures, and it means nothing.
            if (mean_squared_error(view_of(restored), view_of(reference)) == 0) return infinite();
            const auto matched = vqfr_matched_planes(restored, reference, luma_, crop_);
            if (!matched) return Score::none(kVqfrUndefined);
            return from_planes(*matched, reference, luma_ ? Colour::kVqfrY : Colour::kVqfrRgb);
        }
        if (!luma_) return from_mean(mean_squared_error(view_of(restored, crop_), view_of(reference, crop_)));
        const Colour colour = convention_.name == "pyiqa" ? Colour::kYiqY : Colour::kBt601Y;
        return from_planes(planes_of(restored, colour, crop_), reference, colour);
    }

    Score from_planes(const std::vector<Plane>& restored, const Image& reference, Colour colour) const {
        const auto& wanted =
            reference.memo<std::vector<Plane>>(fmt::format("metrics.planes {} crop {}", to_string(colour), crop_),
                                               [&] { return planes_of(reference, colour, crop_); });
        double mean = 0;
        for (size_t c = 0; c < restored.size(); c++) {
            mean += mean_squared_error(restored[c], wanted[c]) / static_cast<double>(restored.size());
        }
        return from_mean(mean);
    }

    // `mean`: of squared differences of values in 0..255.
    Score from_mean(double mean) const {
        if (convention_.epsilon > 0) return 10 * std::log10(1 / (mean / (255.0 * 255.0) + convention_.epsilon));
        if (mean == 0) return infinite();
        return 10 * std::log10(255.0 * 255.0 / mean);
    }

    Score infinite() const {
        return Score::none(luma_ ? "infinite: the pictures' Y are equal" : "infinite: the pictures are equal");
    }

    const Convention& convention_;
    bool luma_;
    int crop_;
    ScorerInfo info_;
};

}  // namespace

std::unique_ptr<ImageMetric> make_psnr(SpecReader& options, const UnitContext&) {
    std::vector<std::string> names;
    for (const auto& convention : conventions()) names.push_back(convention.name);
    const std::string chosen = options.choice("convention", names[0], names);
    const std::string spaces[] = {"rgb", "y"};
    const bool luma = options.choice("space", "rgb", spaces) == "y";
    const int crop = static_cast<int>(options.integer("crop", 0, 0, 65535));
    for (const auto& convention : conventions()) {
        if (convention.name != chosen) continue;
        if (luma && convention.y.empty()) {
            throw UsageError(fmt::format(
                "metric psnr: {} has no Y of its own; use space=rgb, or convention=basicsr or pyiqa", chosen));
        }
        return std::make_unique<Psnr>(convention, luma, crop);
    }
    BFR_CHECK(false, "convention {} is not in the table", chosen);
}

}  // namespace bfr

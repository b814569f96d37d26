// Wang, Simoncelli and Bovik, "Multiscale structural similarity for image quality assessment", Asilomar 2003:
// contrast-structure at four scales and the whole index at the fifth, each to the power of its weight.
#include <array>
#include <cmath>
#include <optional>

#include "metrics/kernels/ssim.h"
#include "metrics/pictures.h"
#include "metrics/units.h"

namespace bfr {
namespace {

constexpr std::array<double, 5> kWeights = {0.0448, 0.2856, 0.3001, 0.2363, 0.1333};
constexpr int kHalfWindow = 5;

struct Recipe {
    std::string name;
    Colour colour = Colour::kRgb;
    std::string window_name;
    SsimWindow window;
    bool cut_negative = false;         // each place's contrast-structure, before its mean
    bool product_per_channel = false;  // mean of the channels' products; else product of the channels' means
    bool zeros_at_odd_sides = true;    // when halving; else the odd row is dropped
    bool reflect_last = false;
    bool zeros_around = false;        // every scale is continued by zeros: as many places as pixels
    bool last_at_each_scale = false;  // the fifth scale's factor enters once for each of the other four
    int min_side = 161;               // so that the fifth scale has 11 pixels
    std::string convention, source;
};

Recipe recipe_of(const std::string& name, bool luma) {
    const char* shared =
        "five scales of 2x2 means, weights 0.0448 0.2856 0.3001 0.2363 0.1333, Gaussian 11x11, sigma 1.5, C1 = (0.01 x "
        "255)^2, C2 = (0.03 x "
        "255)^2";
    Recipe recipe;
    recipe.name = name;
    if (name == "pyiqa") {
        recipe.colour = luma ? Colour::kYiqYRounded : Colour::kRgb;
        recipe.window_name = "gaussian-of-single-sum";
        recipe.window = SsimWindow::gaussian_of_single_sum();
        recipe.cut_negative = true;
        recipe.convention = fmt::format(
            "{}; {}, of single-precision weights, valid area only; negative contrast-structure counts as 0; a zero row "
            "or column before a "
            "side of odd length; product of the powers{}; double",
            luma ? "Y = 0.299 R + 0.587 G + 0.114 B in 0..255, rounded" : "8-bit RGB", shared,
            luma ? "" : " of the channels' means");
        recipe.source = "IQA-PyTorch (pyiqa) 0.1.16 pyiqa/archs/ssim_arch.py ms_ssim";
    } else if (name == "torchmetrics") {
        recipe.window_name = "gaussian";
        recipe.window = SsimWindow::gaussian();
        recipe.zeros_at_odd_sides = false;
        recipe.reflect_last = true;
        recipe.min_side = 176;
        recipe.convention = fmt::format(
            "RGB, data_range full; {}; contrast-structure over the valid area, the last scale's index over the whole "
            "picture continued by "
            "reflection; a negative mean counts as 0; a side's odd pixel dropped; product of the powers of the "
            "channels' means; double, "
            "where torchmetrics has single precision for float32 pictures",
            shared);
        recipe.source = "torchmetrics 1.9.0 functional/image/ssim.py, normalize=relu";
    } else if (name == "bfrbench") {
        recipe.window_name = "gaussian-single";
        recipe.window = SsimWindow::gaussian_single();
        recipe.zeros_around = true;
        recipe.last_at_each_scale = true;
        recipe.min_side = 16;  // so that the fifth scale has a pixel
        recipe.convention = fmt::format(
            "8-bit RGB, data_range 255 (the script's 0..1 with data_range 1); {}, of single-precision weights; with "
            "the "
            "script's defects: every scale continued by zeros; the last scale's factor taken once for each of the "
            "other four, so to the power of 4 x 0.1333; a mean below 0 not cut: it has no power, and there is no "
            "value; a zero row or column before a side of odd length; product of the powers of the channels' means; "
            "double, where the script has single precision",
            shared);
        recipe.source = "BFRBench db27fc1 Evaluation/128size/metrics_package, main.py and ssim.py, use_padding=True";
    } else {
        recipe.window_name = "gaussian-single";
        recipe.window = SsimWindow::gaussian_single();
        recipe.product_per_channel = true;
        recipe.convention = fmt::format(
            "8-bit RGB, data_range 255; {}, of single-precision weights, valid area only; a negative mean counts as 0; "
            "a zero row or column "
            "before a side of odd length; product of the powers for each channel, then their mean; double, as for "
            "float64 pictures",
            shared);
        recipe.source = "pytorch-msssim ms_ssim, b057b07";
    }
    return recipe;
}

class MsSsim : public ImageMetric {
  public:
    MsSsim(const std::string& convention, bool luma) : recipe_(recipe_of(convention, luma)) {
        info_.label = label_of("ms_ssim", {{"convention", convention, "pyiqa"},
                                           {"space", luma ? "y" : "rgb", convention == "pyiqa" ? "y" : "rgb"}});
        info_.version = "1";
        info_.summary = "Structural similarity to the reference over five scales";
        info_.convention = recipe_.convention;
        info_.source = recipe_.source;
        info_.values = {{info_.label, "", Direction::kHigherIsBetter, "multi-scale structural similarity", 4}};
    }

    const ScorerInfo& info() const override { return info_; }

    Scores score(const ScoredPicture& picture) const override {
        const Image &restored = picture.restored, *reference = picture.reference;
        check_pair(info_.label, restored, *reference, 0, recipe_.min_side);
        const Scales& wanted = reference_scales(*reference);
        std::vector<Plane> planes = planes_of(restored, recipe_.colour, 0);
        std::array<std::vector<double>, kWeights.size()> terms;  // [scale][channel]
        for (size_t scale = 0; scale < kWeights.size(); scale++) {
            const bool last = scale + 1 == kWeights.size();
            for (size_t c = 0; c < planes.size(); c++) {
                std::optional<Plane> wider = continued(planes[c], last);
                terms[scale].push_back(mean_similarity(
                    wider ? *wider : planes[c], wanted.planes[scale][c], wanted.means[scale][c], recipe_.window,
                    last ? SsimTerm::kFull : SsimTerm::kContrastStructure, recipe_.cut_negative));
                if (!last) planes[c] = halved(planes[c]);
            }
        }
        return {{combined(terms)}};
    }

  private:
    struct Scales {
        std::array<std::vector<Plane>, kWeights.size()> planes;
        std::array<std::vector<LocalMeans>, kWeights.size()> means;
    };

    // By what lies around it, where the convention has something there.
    std::optional<Plane> continued(const Plane& plane, bool last) const {
        if (recipe_.zeros_around) return surrounded_by_zeros(plane, kHalfWindow);
        if (last && recipe_.reflect_last) return reflected(plane, kHalfWindow);
        return std::nullopt;
    }

    Plane halved(const Plane& plane) const {
        return recipe_.zeros_at_odd_sides ? halved_after_zeros(plane) : block_means(plane, 2);
    }

    const Scales& reference_scales(const Image& reference) const {
        return reference.memo<Scales>("metrics.ms_ssim " + recipe_.name + " " + std::string(to_string(recipe_.colour)),
                                      [&] {
                                          Scales scales;
                                          scales.planes[0] = planes_of(reference, recipe_.colour, 0);
                                          for (size_t scale = 1; scale < kWeights.size(); scale++) {
                                              for (const auto& plane : scales.planes[scale - 1])
                                                  scales.planes[scale].push_back(halved(plane));
                                          }
                                          for (size_t scale = 0; scale < kWeights.size(); scale++) {
                                              for (auto& plane : scales.planes[scale]) {
                                                  if (auto wider = continued(plane, scale + 1 == kWeights.size()))
                                                      plane = *std::move(wider);
                                                  scales.means[scale].push_back(local_means(plane, recipe_.window));
                                              }
                                          }
                                          return scales;
                                      });
    }

    Score combined(const std::array<std::vector<double>, kWeights.size()>& terms) const {
        const size_t channels = terms[0].size();
        const size_t products = recipe_.product_per_channel ? channels : 1;
        double sum = 0;
        for (size_t p = 0; p < products; p++) {
            double product = 1;
            for (size_t scale = 0; scale < kWeights.size(); scale++) {
                double term = terms[scale][p];
                if (!recipe_.product_per_channel) {
                    term = 0;
                    for (const double one : terms[scale]) term += one / static_cast<double>(channels);
                }
                const bool last = scale + 1 == kWeights.size();
                if (recipe_.last_at_each_scale) {
                    if (term < 0) {
                        return Score::none(fmt::format(
                            "the mean of scale {} is below 0 and has no power: the script's own value is nan",
                            scale + 1));
                    }
                    product *= std::pow(term, (last ? kWeights.size() - 1 : 1) * kWeights[scale]);
                } else {
                    product *= std::pow(std::max(term, 0.0), kWeights[scale]);
                }
            }
            sum += product;
        }
        return sum / static_cast<double>(products);
    }

    Recipe recipe_;
    ScorerInfo info_;
};

}  // namespace

std::unique_ptr<ImageMetric> make_ms_ssim(SpecReader& reader, const UnitContext&) {
    const std::string conventions[] = {"pyiqa", "torchmetrics", "pytorch-msssim", "bfrbench"};
    const std::string convention = reader.choice("convention", "pyiqa", conventions);
    const std::string spaces[] = {"rgb", "y"};
    const bool luma = reader.choice("space", convention == "pyiqa" ? "y" : "rgb", spaces) == "y";
    if (luma && convention != "pyiqa") {
        throw UsageError(
            fmt::format("metric ms_ssim: {} has no Y of its own; use space=rgb, or convention=pyiqa", convention));
    }
    return std::make_unique<MsSsim>(convention, luma);
}

}  // namespace bfr

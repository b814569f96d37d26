// NIQE: how far the statistics of a picture's blocks lie from those of undistorted photographs.
#include "metrics/kernels/niqe.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <opencv2/core.hpp>

#include "base/files.h"
#include "base/shared_model.h"
#include "metrics/pictures.h"
#include "metrics/units.h"
#include "weights/catalogue/unit_files.h"
#include "weights/formats/checkpoint.h"

namespace bfr {
namespace {

constexpr const char* kParameters = "niqe_pris_params.npz";
constexpr size_t kN = kNiqeFeatures;

// The Gaussian of undistorted photographs' features.
struct Pristine {
    std::array<double, kN> mean{};
    std::array<double, kN * kN> covariance{};
};

template <size_t kCount>
void read_doubles(const Checkpoint& file, const std::string& name, std::array<double, kCount>& into) {
    const TensorBytes tensor = file.read(file.at(name));
    if (tensor.view.dtype != DType::kF64 || tensor.view.bytes.size() != sizeof(into)) {
        throw Error(fmt::format("{}: {} must hold {} numbers in double precision", file.name(), name, kCount));
    }
    std::memcpy(into.data(), tensor.view.bytes.data(), sizeof(into));
    if (!std::all_of(into.begin(), into.end(), [](double v) { return std::isfinite(v); }))
        throw Error(fmt::format("{}: {} holds what is no number", file.name(), name));
}

std::shared_ptr<const Pristine> load(const FoundFile& found) {
    return shared_model<const Pristine>("metrics.niqe " + found.use.sha256, [&] {
        const Checkpoint file = open_checkpoint(found.path);
        auto made = std::make_shared<Pristine>();
        read_doubles(file, "mu_pris_param", made->mean);
        read_doubles(file, "cov_pris_param", made->covariance);
        return made;
    });
}

class Niqe : public ImageMetric {
  public:
    Niqe(bool pyiqa, int crop, const std::optional<std::filesystem::path>& own, const FoundFile& found)
        : pyiqa_(pyiqa), crop_(crop), arithmetic_(pyiqa ? NiqeArithmetic::pyiqa() : NiqeArithmetic::basicsr()) {
        pristine_ = load(found);
        info_.weights = {found.use};
        info_.label = label_of("niqe", {{"convention", pyiqa ? "pyiqa" : "basicsr", "basicsr"},
                                        {"crop", std::to_string(crop), "0"},
                                        {"weights", text_of(own), ""}});
        info_.version = "1";
        info_.summary = "Naturalness of the picture by its local statistics, without a reference";
        info_.convention = fmt::format(
            "{}; whole blocks of 96x96 pixels from the top left, what is left over is not looked at; 7x7 Gaussian, "
            "sigma 7/6, borders repeated; second scale by MATLAB's antialiased bicubic halving; {}; {} of "
            "undistorted photographs; {} pixels cropped at each border",
            pyiqa ? "Y = 0.299 R + 0.587 G + 0.114 B in 0..255, rounded" : "Y of BT.601 in 16..235, rounded",
            pyiqa ? "double" : "maps in single precision",
            own ? "the named file's parameters" : "Mittal et al.'s own parameters", crop);
        info_.source = pyiqa ? "IQA-PyTorch (pyiqa) 0.1.16 pyiqa/archs/niqe_arch.py, metric niqe"
                             : "BasicSR basicsr/metrics/niqe.py calculate_niqe, 8d56e3a";
        info_.needs_reference = false;
        info_.values = {{info_.label, "", Direction::kLowerIsBetter, "distance from undistorted photographs", 4}};
    }

    const ScorerInfo& info() const override { return info_; }

    Scores score(const ScoredPicture& picture) const override {
        const Image& restored = picture.restored;
        check_size(restored);
        Plane luma = planes_of(restored, pyiqa_ ? Colour::kYiqYRounded : Colour::kBt601Y, crop_)[0];
        if (!pyiqa_) {
            for (float& value : luma.values) value = std::nearbyint(value);
        }
        return {{distance(niqe_features(luma, arithmetic_))}};
    }

  private:
    // A covariance needs two blocks; of a single one pyiqa takes it to be 0.
    void check_size(const Image& image) const {
        const int across = (image.width() - 2 * crop_) / kNiqeBlock, down = (image.height() - 2 * crop_) / kNiqeBlock;
        if (std::min(across, down) > 0 && (pyiqa_ || across * down > 1)) return;
        throw Error(fmt::format("{}: a picture of {}x{}{} is too small: this convention needs at least {}", info_.label,
                                image.width(), image.height(),
                                crop_ > 0 ? fmt::format(" less {} pixels at each border", crop_) : "",
                                pyiqa_ ? "96 pixels a side" : "96 pixels on one side and 192 on the other"));
    }

    Score distance(const std::vector<NiqeFeatures>& blocks) const {
        std::array<double, kN> mean{};
        for (size_t f = 0; f < kN; f++) {
            size_t n = 0;
            for (const auto& block : blocks) {
                if (std::isnan(block[f])) continue;
                mean[f] += block[f];
                n++;
            }
            if (n == 0) return Score::none("undefined: no part of the picture has the contrast that NIQE measures");
            mean[f] /= static_cast<double>(n);
        }
        std::vector<const NiqeFeatures*> whole;
        for (const auto& block : blocks) {
            if (std::none_of(block.begin(), block.end(), [](double v) { return std::isnan(v); }))
                whole.push_back(&block);
        }
        if (whole.empty() || (whole.size() == 1 && !pyiqa_)) {
            return Score::none(
                fmt::format("undefined: of {} blocks {} has enough contrast, and the covariance needs {}",
                            blocks.size(), whole.empty() ? "none" : "one", pyiqa_ ? "one" : "two"));
        }
        cv::Mat covariance = covariance_of(whole);
        cv::Mat difference(static_cast<int>(kN), 1, CV_64F);
        for (size_t i = 0; i < kN; i++) {
            difference.at<double>(static_cast<int>(i)) = pristine_->mean[i] - mean[i];
            for (size_t j = 0; j < kN; j++) {
                double& entry = covariance.at<double>(static_cast<int>(i), static_cast<int>(j));
                entry = (pristine_->covariance[i * kN + j] + entry) / 2;
            }
        }
        // The photographs' covariance is positive definite, so the sum is, and its pseudo-inverse is its inverse.
        cv::Mat solved;
        if (!cv::solve(covariance, difference, solved, cv::DECOMP_CHOLESKY))
            return Score::none("undefined: the blocks' covariance can't be inverted");
        return std::sqrt(difference.dot(solved));
    }

    static cv::Mat covariance_of(const std::vector<const NiqeFeatures*>& blocks) {
        const auto n = static_cast<double>(blocks.size());
        std::array<double, kN> mean{};
        for (const auto* block : blocks) {
            for (size_t f = 0; f < kN; f++) mean[f] += (*block)[f] / n;
        }
        cv::Mat covariance = cv::Mat::zeros(static_cast<int>(kN), static_cast<int>(kN), CV_64F);
        for (const auto* block : blocks) {
            for (size_t i = 0; i < kN; i++) {
                for (size_t j = 0; j < kN; j++)
                    covariance.at<double>(static_cast<int>(i), static_cast<int>(j)) +=
                        ((*block)[i] - mean[i]) * ((*block)[j] - mean[j]);
            }
        }
        return blocks.size() > 1 ? cv::Mat(covariance / (n - 1)) : covariance;
    }

    bool pyiqa_;
    int crop_;
    NiqeArithmetic arithmetic_;
    std::shared_ptr<const Pristine> pristine_;
    ScorerInfo info_;
};

}  // namespace

std::unique_ptr<ImageMetric> make_niqe(SpecReader& reader, const UnitContext& context) {
    const std::string conventions[] = {"basicsr", "pyiqa"};
    const bool pyiqa = reader.choice("convention", "basicsr", conventions) == "pyiqa";
    const int crop = static_cast<int>(reader.integer("crop", 0, 0, 65535));
    const auto own = read_file(reader, "weights");
    reader.finish();
    return std::make_unique<Niqe>(pyiqa, crop, own,
                                  find_unit_file(context.weights, "metric niqe", {"weights", own, kParameters}));
}

}  // namespace bfr

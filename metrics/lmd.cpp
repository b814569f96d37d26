// Landmark distance: how far 98 points of the face lie from where the same network finds them on the reference.
#include <torch/torch.h>

#include <cmath>
#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "metrics/pictures.h"
#include "metrics/units.h"
#include "nets/face_alignment.h"
#include "nets/landmark_maps.h"
#include "nets/published.h"
#include "weights/catalogue/unit_files.h"

namespace bfr {
namespace {

using nets::MapPoints;

constexpr size_t kPoints = 98;                             // of WFLW
constexpr size_t kOuterEyeRight = 60, kOuterEyeLeft = 72;  // of the person's own sides
constexpr const char* kLastPixel =
    "undefined: a point in the very last pixel of its map, where VQFR's own program fails (decoding=clean has a value)";

struct LmdOptions {
    bool vqfr_decoding = true;
    bool interocular = false;
    std::optional<std::filesystem::path> weights;
    std::string label;
};

// In pixels of the picture; or why there are none.
struct Found {
    std::optional<MapPoints> points;
    std::string reason;
};

double distance(const std::array<double, 2>& a, const std::array<double, 2>& b) {
    return std::hypot(a[0] - b[0], a[1] - b[1]);
}

class Lmd : public ImageMetric {
  public:
    Lmd(const LmdOptions& options, const WeightsLocator& weights) : options_(options) {
        const FoundFile file =
            find_unit_file(weights, "metric lmd", {"weights", options.weights, "alignment_WFLW_4HG.pth"});
        net_ = nets::published<nets::FaceAlignmentNet>(
            file.path, "Adaptive Wing FAN", nets::FaceAlignmentOptions{.landmarks = kPoints, .boundary = true});
        key_ = fmt::format("lmd {} {}", options.vqfr_decoding ? "vqfr" : "clean", file.use.sha256);
        info_.weights = {file.use};
        info_.label = options.label;
        info_.version = "3";
        info_.summary = "Distance of 98 landmarks on the restored face from those on the reference";
        info_.convention = fmt::format(
            "mean Euclidean distance of the 98 WFLW points that Adaptive Wing's FAN finds on both pictures, {}; the "
            "whole 8-bit picture at 256x256 (OpenCV's bilinear), points read off maps of 64x64 {}; no face is looked "
            "for: made for FFHQ-aligned crops",
            options.interocular ? "divided by the distance of the reference's outer eye corners (points 60, 72)"
                                : "in pixels of the picture (papers: of 512x512)",
            options.vqfr_decoding ? "as VQFR's program reads them, oddities at the borders included"
                                  : "without what VQFR's program does at the borders");
        info_.source =
            "TencentARC/VQFR at 239c77a, metric_paper/calculate_landmark_distance.py, vqfr/archs/awing_arch.py, "
            "alignment_WFLW_4HG.pth (Wang et al., arXiv 1904.07399)";
        info_.values = {{info_.label, options.interocular ? "" : "px", Direction::kLowerIsBetter,
                         "mean distance of 98 landmarks", 4}};
    }

    const ScorerInfo& info() const override { return info_; }

    Scores score(const ScoredPicture& picture) const override {
        check_pair(info_.label, picture.restored, *picture.reference, 0, 2);
        const Found &wanted = points_of(*picture.reference), &found = points_of(picture.restored);
        if (!wanted.points) return {{Score::none("the reference: " + wanted.reason)}};
        if (!found.points) return {{Score::none("the restored picture: " + found.reason)}};
        double sum = 0;
        for (size_t i = 0; i < kPoints; i++) sum += distance((*found.points)[i], (*wanted.points)[i]);
        const double mean = sum / kPoints;
        if (!options_.interocular) return {{mean}};
        const double eyes = distance((*wanted.points)[kOuterEyeRight], (*wanted.points)[kOuterEyeLeft]);
        if (eyes == 0) return {{Score::none("the reference's eye corners fall together")}};
        return {{mean / eyes}};
    }

  private:
    const Found& points_of(const Image& image) const {
        return image.memo<Found>(key_, [&]() -> Found {
            auto points = options_.vqfr_decoding ? nets::vqfr_map_points(maps_of(image))
                                                 : std::optional(nets::clean_map_points(maps_of(image)));
            if (!points) return {std::nullopt, kLastPixel};
            const double x = static_cast<double>(image.width()) / nets::FaceAlignmentNet::kMapSide,
                         y = static_cast<double>(image.height()) / nets::FaceAlignmentNet::kMapSide;
            for (auto& point : *points) point = {point[0] * x, point[1] * y};
            return {std::move(points), ""};
        });
    }

    // (98, 64, 64)
    at::Tensor maps_of(const Image& image) const {
        const at::NoGradGuard no_grad;
        constexpr int kSide = nets::FaceAlignmentNet::kSide;
        cv::Mat small;
        cv::resize(image.rgb8(), small, {kSide, kSide}, 0, 0, cv::INTER_LINEAR);
        const at::Tensor x =
            at::from_blob(small.data, {1, kSide, kSide, 3}, at::kByte).to(at::kFloat).permute({0, 3, 1, 2}) / 255;
        return net_->forward(x).back()[0].narrow(0, 0, kPoints).contiguous();
    }

    LmdOptions options_;
    std::shared_ptr<const nets::FaceAlignmentNet> net_;
    std::string key_;
    ScorerInfo info_;
};

}  // namespace

std::unique_ptr<ImageMetric> make_lmd(SpecReader& reader, const UnitContext& context) {
    LmdOptions options;
    const std::string decodings[] = {"vqfr", "clean"}, normalisers[] = {"none", "interocular"};
    const std::string decoding = reader.choice("decoding", "vqfr", decodings),
                      normaliser = reader.choice("normaliser", "none", normalisers);
    options.vqfr_decoding = decoding == "vqfr";
    options.interocular = normaliser == "interocular";
    options.weights = read_file(reader, "weights");
    options.label = label_of("lmd", {{"decoding", decoding, "vqfr"},
                                     {"normaliser", normaliser, "none"},
                                     {"weights", text_of(options.weights), ""}});
    reader.finish();
    return std::make_unique<Lmd>(options, context.weights);
}

}  // namespace bfr

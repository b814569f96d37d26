#include "downstream/point_finder.h"

#include <torch/torch.h>

#include "base/error.h"
#include "base/files.h"
#include "datasets/faces/fan_frame.h"
#include "downstream/faces.h"
#include "nets/face_alignment.h"
#include "nets/landmark_maps.h"
#include "nets/published.h"
#include "nets/torchscript.h"
#include "weights/catalogue/unit_files.h"

namespace bfr {
namespace {

constexpr int64_t kPoints = 68;

class DlibPoints final : public PointFinder {
  public:
    DlibPoints(const UnitContext& context, FaceFinding finding)
        : finding_(finding), models_(find_face_models(context, finding, true, weights_)) {
        name_ = "dlib";
        convention_ = "dlib's shape predictor";
        source_ =
            "dlib 19.24, shape_predictor_68_face_landmarks.dat (Kazemi and Sullivan, CVPR 2014; trained on iBUG 300-W)";
    }
    std::optional<FacePoints> find(const Image& image) const override { return models_.find_points68(image, finding_); }

  private:
    FaceFinding finding_;
    FaceModels models_;
};

HeatMaps torchscript_maps(const std::filesystem::path& file) {
    const auto module = std::make_shared<TorchScript>(TorchScriptOptions{.file = file});
    return [module](const at::Tensor& x) { return module->forward({&x, 1}); };
}

HeatMaps native_maps(const std::filesystem::path& file) {
    const auto net = nets::published<nets::FaceAlignmentNet>(file, "face_alignment's FAN",
                                                             nets::FaceAlignmentOptions{.landmarks = kPoints});
    return [net](const at::Tensor& x) {
        const at::NoGradGuard no_grad;
        return net->forward(x).back();
    };
}

FoundFile fan_file(const UnitContext& context, const FanOptions& options) {
    const bool script = options.archive == FanArchive::kTorchScript;
    return find_unit_file(context.weights, "task landmarks",
                          {"weights", options.weights, script ? "2DFAN4-cd938726ad.zip" : "2DFAN4-11f355bf06.pth.tar"});
}

class FanPoints final : public PointFinder {
  public:
    FanPoints(const UnitContext& context, FaceFinding finding, const FanOptions& options)
        : finding_(finding), exact_(options.exact), models_(find_face_models(context, finding, false, weights_)) {
        const FoundFile file = fan_file(context, options);
        const bool script = options.archive == FanArchive::kTorchScript && !options.weights;
        network_ = script ? torchscript_maps(file.path) : native_maps(file.path);
        weights_.push_back(file.use);
        name_ = "fan68";
        convention_ = fmt::format(
            "face_alignment's 2D FAN of four hourglasses ({}), on the frame of 200 pixels at scale (width + height) / "
            "195 around the face's box, resized to 256x256; read off 64x64 maps as the package does it, {}; without "
            "the "
            "mirrored pass",
            script ? "its TorchScript archive" : "its weights on this program's network",
            exact_ ? "not truncated" : "truncated to whole pixels");
        source_ =
            "1adrianb/face-alignment at 608505f, face_alignment/api.py, utils.py (Bulat and Tzimiropoulos, arXiv "
            "1703.07332; trained on 300W-LP)";
        key_ = fmt::format("fan68 {} {} {}", to_string(finding), script ? "script" : "native", exact_ ? "exact" : "");
        for (const auto& use : weights_) key_ += " " + use.sha256;
    }

    std::optional<FacePoints> find(const Image& image) const override {
        return image.memo<std::optional<FacePoints>>(key_, [&]() -> std::optional<FacePoints> {
            const auto box = models_.find_face(image, finding_);
            if (!box) return std::nullopt;
            return fan_points(image, *box, network_, exact_);
        });
    }

  private:
    FaceFinding finding_;
    bool exact_;
    FaceModels models_;
    HeatMaps network_;
    std::string key_;
};

}  // namespace

std::optional<FacePoints> fan_points(const Image& image, const FaceBox& box, const HeatMaps& network, bool exact) {
    constexpr int64_t kSide = FanFrame::kCropSide, kMap = FanFrame::kMapSide;
    const FanFrame frame(box);
    const cv::Mat crop = frame.crop(image.rgb8());
    const at::Tensor x =
        at::from_blob(crop.data, {1, kSide, kSide, 3}, at::kByte).to(at::kFloat).permute({0, 3, 1, 2}).contiguous() /
        255;
    const at::Tensor maps = network(x);
    if (maps.dim() != 4 || maps.size(0) != 1 || maps.size(1) != kPoints || maps.size(2) != kMap ||
        maps.size(3) != kMap) {
        throw Error(fmt::format("the landmark network gives a tensor of {} dimensions, not 1x{}x{}x{}", maps.dim(),
                                kPoints, kMap, kMap));
    }
    FacePoints points;
    for (const auto& point : nets::face_alignment_map_points(maps[0])) {
        const auto place = frame.on_picture(point);
        points.push_back(exact ? place : truncated(place));
    }
    return points;
}

std::unique_ptr<PointFinder> make_dlib_points(const UnitContext& context, FaceFinding finding) {
    return std::make_unique<DlibPoints>(context, finding);
}

std::unique_ptr<PointFinder> make_fan_points(const UnitContext& context, FaceFinding finding,
                                             const FanOptions& options) {
    return std::make_unique<FanPoints>(context, finding, options);
}

}  // namespace bfr

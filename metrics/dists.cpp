#include "nets/dists.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "metrics/feature_trunks.h"
#include "datasets/pillow_resize.h"
#include "metrics/pictures.h"
#include "metrics/units.h"

namespace bfr {
namespace {

constexpr int kShorterSide = 256;  // the authors' demo

struct DistsOptions {
    bool resize = false;
    std::optional<std::filesystem::path> trunk, weights;  // files of one's own
};

class Dists : public ImageMetric {
  public:
    Dists(const DistsOptions& options, const UnitContext& context) : options_(options) {
        const auto files = find_unit_files(
            context.weights, "metric dists",
            {{"weights", options.weights, "dists_weights.pt"}, trunk_file(nets::TrunkNet::kVgg16, options.trunk)});
        const FoundFile& weights = files[0];
        trunk_ = use_trunk(nets::TrunkNet::kVgg16, files[1]);
        load_weights(weights_, weights, "DISTS's alpha and beta",
                     [](const Checkpoint& checkpoint) { return tensors_below(checkpoint, ""); });

        info_.label = label_of("dists", {{"resize", options.resize ? "256" : "none", "none"},
                                         {"trunk", text_of(options.trunk), ""},
                                         {"weights", text_of(options.weights), ""}});
        info_.version = "1";
        info_.summary = "Distance of structure and texture on VGG-16's features";
        info_.convention = fmt::format(
            "RGB in [0, 1]; {}; ImageNet's mean and deviation; VGG-16 with L2 pooling; the picture and five features, "
            "1475 channels: means (texture) and covariances (structure) over the whole feature, c1 = c2 = 1e-6, "
            "weighted by alpha and beta, statistics in double",
            options.resize
                ? "a shorter side over 256 is made 256 by Pillow's bilinear resampling, as the authors' demo "
                  "does"
                : "not resized, as the library's call, pyiqa and torchmetrics have it");
        info_.source = "Ding et al., TPAMI 2022; dingkeyan93/DISTS DISTS_pytorch/DISTS_pt.py at 1267d8cb";
        info_.weights = {weights.use, trunk_.use};
        info_.values = {{info_.label, "", Direction::kLowerIsBetter, "distance of structure and texture", 4}};
    }

    const ScorerInfo& info() const override { return info_; }

    Scores score(const ScoredPicture& picture) const override {
        const Image &restored = picture.restored, &reference = *picture.reference;
        check_pair(info_.label, restored, reference, 0,
                   static_cast<int>(trunk_.net->smallest_side(nets::Pooling::kL2)));
        const at::NoGradGuard no_grad;
        const std::string kind = fmt::format("dists resize {}", options_.resize ? kShorterSide : 0);
        const auto wanted = reference_features(picture, trunk_, kind, [&] { return features(reference); });
        return {{nets::dists_terms(features(restored), wanted, weights_).distance.item<double>()}};
    }

  private:
    std::vector<at::Tensor> features(const Image& image) const {
        return nets::dists_features(*trunk_.net, options_.resize ? resized(image) : image.rgb01());
    }

    // torchvision's resize(image, 256) on a Pillow picture
    static at::Tensor resized(const Image& image) {
        const int width = image.width(), height = image.height(), shorter = std::min(width, height);
        if (shorter <= kShorterSide) return image.rgb01();
        const auto side = [&](int given) {
            return static_cast<int>(int64_t{kShorterSide} * given / shorter);  // the shorter one exactly 256
        };
        std::vector<uint8_t> rgb = pillow_resize(PillowFilter::kBilinear, image.rgb8().data, width, height, side(width), side(height));
        return at::from_blob(rgb.data(), {1, side(height), side(width), 3}, at::kByte)
                   .permute({0, 3, 1, 2})
                   .to(at::kFloat) /
               255;
    }

    DistsOptions options_;
    UsedTrunk trunk_;
    nets::DistsWeights weights_;
    ScorerInfo info_;
};

}  // namespace

std::unique_ptr<ImageMetric> make_dists(SpecReader& reader, const UnitContext& context) {
    DistsOptions options;
    const std::string sizes[] = {"none", "256"};
    options.resize = reader.choice("resize", "none", sizes) == "256";
    options.trunk = read_file(reader, "trunk");
    options.weights = read_file(reader, "weights");
    reader.finish();
    return std::make_unique<Dists>(options, context);
}

}  // namespace bfr

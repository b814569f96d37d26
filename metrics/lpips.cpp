#include "nets/lpips.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "metrics/feature_trunks.h"
#include "metrics/pictures.h"
#include "metrics/units.h"

namespace bfr {
namespace {

struct LpipsOptions {
    std::string net, version, order, range;
    std::optional<std::filesystem::path> trunk, heads;  // files of one's own
};

nets::TrunkNet trunk_of(const std::string& net) {
    return net == "vgg"       ? nets::TrunkNet::kVgg16
           : net == "squeeze" ? nets::TrunkNet::kSqueezeNet
                              : nets::TrunkNet::kAlexNet;
}

// What a picture in [0, 1] goes through before the trunk.
nets::InputScale normalisation_of(const LpipsOptions& options) {
    const double factor = options.range == "-1..1" ? 2 : 1, offset = options.range == "-1..1" ? -1 : 0;
    const nets::InputScale scaling =
        options.version == "0.1" ? nets::lpips_scaling() : nets::InputScale{at::ones({1, 3}), at::zeros({1, 3})};
    return {scaling.scale * factor, scaling.scale * offset + scaling.shift};
}

class Lpips : public ImageMetric {
  public:
    Lpips(const LpipsOptions& options, const UnitContext& context)
        : options_(options), normalisation_(normalisation_of(options)) {
        const nets::TrunkNet net = trunk_of(options.net);
        const auto files =
            find_unit_files(context.weights, "metric lpips",
                            {{"heads", options.heads, fmt::format("lpips-v{}-{}.pth", options.version, options.net)},
                             trunk_file(net, options.trunk)});
        const FoundFile& heads = files[0];
        trunk_ = use_trunk(net, files[1]);
        heads_ = std::make_unique<nets::LpipsHeads>(trunk_.net->channels());
        load_weights(*heads_, heads, fmt::format("LPIPS's heads for {}", to_string(net)), nets::lpips_head_tensors);

        // the net is always said: there is no LPIPS that everybody means
        info_.label = label_of("lpips", {{"net", options.net, ""},
                                         {"version", options.version, "0.1"},
                                         {"order", options.order, "rgb"},
                                         {"range", options.range, "-1..1"},
                                         {"trunk", text_of(options.trunk), ""},
                                         {"heads", text_of(options.heads), ""}});
        info_.version = "1";
        info_.summary = fmt::format("Learned perceptual distance on {}'s features", to_string(net));
        info_.convention = fmt::format(
            "LPIPS {}, {} trunk, {} features; {} in {}{}{}; whole picture, not resized; features divided by their norm "
            "over "
            "channels + 1e-10, squared differences weighted by the heads, mean over pixels, sum over features",
            options.version, to_string(net), trunk_.net->channels().size(),
            options.order == "rgb" ? "RGB" : "channels in the order BGR",
            options.range == "-1..1" ? "[-1, 1]" : "[0, 1]",
            options.range == "-1..1" ? "" : " where the network expects [-1, 1]",
            options.version == "0.1" ? "; (x - shift) / scale" : "; without the scaling layer");
        info_.source =
            "Zhang et al., CVPR 2018; richzhang/PerceptualSimilarity lpips/lpips.py at 082bb24f (lpips 0.1.4)";
        info_.weights = {heads.use, trunk_.use};
        info_.values = {{info_.label, "", Direction::kLowerIsBetter, "perceptual distance", 4}};
    }

    const ScorerInfo& info() const override { return info_; }

    Scores score(const ScoredPicture& picture) const override {
        const Image &restored = picture.restored, &reference = *picture.reference;
        check_pair(info_.label, restored, reference, 0, static_cast<int>(trunk_.net->smallest_side()));
        const at::NoGradGuard no_grad;
        const std::string kind = fmt::format("lpips {} {} {}", options_.version, options_.order, options_.range);
        const auto wanted = reference_features(picture, trunk_, kind, [&] { return features(reference); });
        return {{nets::lpips_shares(features(restored), wanted, *heads_).sum().item<double>()}};
    }

  private:
    std::vector<at::Tensor> features(const Image& image) const {
        const at::Tensor rgb = image.rgb01();
        return trunk_.net->features(options_.order == "rgb" ? rgb : rgb.flip(1), normalisation_);
    }

    LpipsOptions options_;
    nets::InputScale normalisation_;
    UsedTrunk trunk_;
    std::unique_ptr<nets::LpipsHeads> heads_;
    ScorerInfo info_;
};

}  // namespace

std::unique_ptr<ImageMetric> make_lpips(SpecReader& reader, const UnitContext& context) {
    LpipsOptions options;
    const std::string nets[] = {"alex", "vgg", "squeeze"}, versions[] = {"0.1", "0.0"}, orders[] = {"rgb", "bgr"},
                      ranges[] = {"-1..1", "0..1"};
    options.net = reader.choice("net", "alex", nets);
    options.version = reader.choice("version", "0.1", versions);
    options.order = reader.choice("order", "rgb", orders);
    options.range = reader.choice("range", "-1..1", ranges);
    options.trunk = read_file(reader, "trunk");
    options.heads = read_file(reader, "heads");
    reader.finish();  // before files are looked for: a misspelt option is the likelier mistake
    return std::make_unique<Lpips>(options, context);
}

}  // namespace bfr

#include "nets/gfpgan.h"

#include <ATen/ATen.h>

#include <optional>

#include "base/random.h"
#include "nets/device.h"
#include "nets/prepare.h"
#include "restore/face_net.h"
#include "restore/published_net.h"
#include "restore/seed_option.h"
#include "restore/units.h"
#include "weights/catalogue/unit_files.h"

namespace bfr {
namespace {

struct Version {
    std::string name, file;
    bool clean = true;
};

// As the authors' program has them, the one that it takes unasked first.
const std::vector<Version> kVersions = {{"1.3", "GFPGANv1.3.pth"},
                                        {"1.4", "GFPGANv1.4.pth"},
                                        {"1.2", "GFPGANCleanv1-NoCE-C2.pth"},
                                        {"1", "GFPGANv1.pth", false}};
const std::vector<std::string> kNoises = {"random", "stored"};

// The authors draw unseeded; here a map belongs to the sample and its layer.
class DrawnMaps final : public nets::NoiseSource {
  public:
    DrawnMaps(uint64_t seed, const std::string& sample_id, at::Device device)
        : seed_(seed), sample_id_(sample_id), device_(device) {}
    at::Tensor noise(const std::string& layer, int64_t, int64_t height, int64_t width) const override {
        at::Tensor values = at::empty({1, 1, height, width}, at::TensorOptions());
        Draw(seed_, sample_id_, "gfpgan/" + layer)
            .fill_normal({values.data_ptr<float>(), static_cast<size_t>(values.numel())});
        return values.to(device_);
    }

  private:
    uint64_t seed_;
    const std::string& sample_id_;
    at::Device device_;
};

struct GfpganMethodOptions {
    FaceNetOptions face;
    Version version = kVersions.front();
    bool draws = true;
    std::optional<uint64_t> seed;  // absent: the run's
};

class GfpganMethod : public FaceNetRestorer {
  public:
    using Net = PublishedNet<nets::Gfpgan>;

    GfpganMethod(const Spec& spec, const GfpganMethodOptions& options, const WeightsUse& file,
                 std::shared_ptr<const Net> loaded)
        : FaceNetRestorer(spec, options.face, file, loaded->reduced), options_(options), loaded_(std::move(loaded)) {
        info_.summary = "GFP-GAN: a U-Net of the degraded face guides a StyleGAN2 generator";
        info_.convention += !options.draws ? "; noise from the maps that the file carries (randomize_noise=False)"
                            : options.seed
                                ? fmt::format("; noise drawn from the seed {}, whatever the run's is", *options.seed)
                                : "; noise drawn from the run's seed";
        info_.source =
            "Wang et al., \"Towards Real-World Blind Face Restoration with Generative Facial Prior\", CVPR 2021 (arXiv "
            "2101.04061); TencentARC/GFPGAN 7552a77, inference_gfpgan.py with --aligned" +
            (options.face.own_file ? std::string() : " --version " + options.version.name);
        if (options.face.own_file)
            info_.convention += options.version.clean ? "; the clean architecture" : "; the original architecture";
        info_.parameters = loaded_->parameters;
        info_.gflop = static_cast<double>(loaded_->net->flop()) / 1e9;
        info_.draws = options.draws;
    }

  private:
    at::Tensor forward(const at::Tensor& rgb, const RestoreInput& input) const override {
        if (!options_.draws) return loaded_->net->forward(rgb, loaded_->net->stored_noise());
        const DrawnMaps drawn(options_.seed.value_or(input.run_seed), input.sample_id, rgb.device());
        return loaded_->net->forward(rgb, drawn);
    }

    GfpganMethodOptions options_;
    std::shared_ptr<const Net> loaded_;
};

}  // namespace

std::unique_ptr<Restorer> make_gfpgan(SpecReader& reader, const UnitContext& context) {
    GfpganMethodOptions options;
    options.face = read_face_net_options(reader);
    std::vector<std::string> names;
    for (const auto& version : kVersions) names.push_back(version.name);
    const std::string wanted_version = reader.choice("version", names.front(), names), own = reader.text("file", "");
    for (const auto& version : kVersions) {
        if (version.name == wanted_version) options.version = version;
    }
    options.draws = reader.choice("noise", kNoises.front(), kNoises) == kNoises.front();
    options.seed = read_seed(reader);
    reader.finish();
    options.face.device = device_of(context.device);
    options.face.own_file = !own.empty();
    options.face.draws = options.draws;
    UnitFile wanted{"file", std::nullopt, options.version.file};
    if (!own.empty()) wanted.own = own;
    const FoundFile file = find_unit_file(context.weights, "method gfpgan", wanted);
    const bool clean = options.version.clean;
    const PublishedForm form{.network = clean ? "GFPGAN (clean)" : "GFPGAN (original)",
                             .paths = {"params_ema", "params"}};
    auto loaded = load_published<nets::Gfpgan>(file.path, form, options.face.device, nets::prepare_for_inference,
                                               clean ? nets::GfpganOptions() : nets::GfpganOptions::v1());
    return std::make_unique<GfpganMethod>(reader.spec(), options, file.use, std::move(loaded));
}

}  // namespace bfr

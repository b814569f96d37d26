#include "nets/restoreformer.h"

#include <ATen/ATen.h>

#include "nets/device.h"
#include "restore/face_net.h"
#include "restore/published_net.h"
#include "restore/units.h"
#include "weights/catalogue/unit_files.h"

namespace bfr {
namespace {

// RestoreFormer and RestoreFormer++ are one network of two sizes.
struct Variant {
    std::string network;  // as known_systems.h has it
    std::string summary, source;
    nets::RestoreFormerOptions options;
};

const char* const kCode = "; wzhouxiff/RestoreFormerPlusPlus 59d250f, inference.py with --aligned";

Variant restoreformer() {
    return {"RestoreFormer",
            "RestoreFormer: a degraded face's features ask a dictionary of high-quality ones, by attention at 16x16",
            "Wang et al., \"RestoreFormer: High-Quality Blind Face Restoration from Undegraded Key-Value Pairs\", CVPR "
            "2022" +
                std::string(kCode),
            {}};
}

Variant restoreformer_pp() {
    return {"RestoreFormer++",
            "RestoreFormer++: a degraded face's features ask a dictionary of high-quality ones, by attention at 16x16 "
            "and 32x32",
            "Wang et al., \"RestoreFormer++: Towards Real-World Blind Face Restoration from Undegraded Key-Value "
            "Pairs\", TPAMI 2023 (arXiv 2308.07228)" +
                std::string(kCode),
            nets::RestoreFormerOptions::plus_plus()};
}

class RestoreFormerMethod : public FaceNetRestorer {
  public:
    using Net = PublishedNet<nets::RestoreFormer>;

    RestoreFormerMethod(const Spec& spec, const FaceNetOptions& options, const Variant& variant, const WeightsUse& file,
                        std::shared_ptr<const Net> loaded)
        : FaceNetRestorer(spec, options, file, loaded->reduced), loaded_(std::move(loaded)) {
        info_.summary = variant.summary;
        info_.source = variant.source;
        info_.parameters = loaded_->parameters;
        info_.gflop = static_cast<double>(loaded_->net->flop()) / 1e9;
    }

  private:
    at::Tensor forward(const at::Tensor& rgb, const RestoreInput&) const override { return loaded_->net->forward(rgb); }

    std::shared_ptr<const Net> loaded_;
};

std::unique_ptr<Restorer> make(SpecReader& reader, const UnitContext& context, const Variant& variant,
                               FaceNetOptions options, const std::string& own, const std::string& published) {
    reader.finish();
    options.device = device_of(context.device);
    options.own_file = !own.empty();
    UnitFile wanted{"file", std::nullopt, published};
    if (!own.empty()) wanted.own = own;
    const FoundFile file = find_unit_file(context.weights, "method " + reader.spec().name(), wanted);
    // GFPGAN's copy of RestoreFormer may hold both averages, of which its program takes the first here
    const PublishedForm form{variant.network, {"state_dict.vqvae", "params_ema", "params"}};
    auto loaded =
        load_published<nets::RestoreFormer>(file.path, form, options.device, nets::vqgan::prepare, variant.options);
    return std::make_unique<RestoreFormerMethod>(reader.spec(), options, variant, file.use, std::move(loaded));
}

const std::vector<std::string> kArchives = {"authors", "gfpgan"};

}  // namespace

std::unique_ptr<Restorer> make_restoreformer(SpecReader& reader, const UnitContext& context) {
    const FaceNetOptions options = read_face_net_options(reader);
    const std::string archive = reader.choice("archive", kArchives.front(), kArchives), own = reader.text("file", "");
    if (!own.empty() && reader.has("archive"))
        throw UsageError("method restoreformer: file and archive both say which weights are meant: leave one out");
    return make(reader, context, restoreformer(), options, own,
                archive == "gfpgan" ? "RestoreFormer.pth" : "RestoreFormer.ckpt");
}

std::unique_ptr<Restorer> make_restoreformer_pp(SpecReader& reader, const UnitContext& context) {
    const FaceNetOptions options = read_face_net_options(reader);
    const std::string own = reader.text("file", "");
    return make(reader, context, restoreformer_pp(), options, own, "RestoreFormer++.ckpt");
}

}  // namespace bfr

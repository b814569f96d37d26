#include "nets/gpen.h"

#include <ATen/ATen.h>

#include "base/error.h"
#include "nets/device.h"
#include "restore/face_net.h"
#include "restore/published_net.h"
#include "restore/units.h"
#include "weights/catalogue/unit_files.h"

namespace bfr {
namespace {

class GpenMethod : public FaceNetRestorer {
  public:
    using Net = PublishedNet<nets::Gpen>;

    GpenMethod(const Spec& spec, const FaceNetOptions& options, const WeightsUse& file,
               std::shared_ptr<const Net> loaded)
        : FaceNetRestorer(spec, options, file, loaded->reduced), loaded_(std::move(loaded)) {
        info_.summary = "GPEN: a degraded face's features take the place of the noise of a StyleGAN2 generator";
        info_.source =
            "Yang et al., \"GAN Prior Embedded Network for Blind Face Restoration in the Wild\", CVPR 2021 (arXiv "
            "2105.06070); yangxy/GPEN 2c73670, demo.py with --aligned, without --use_sr";
        info_.parameters = loaded_->parameters;
        info_.gflop = static_cast<double>(loaded_->net->flop()) / 1e9;
    }

  private:
    at::Tensor forward(const at::Tensor& rgb, const RestoreInput&) const override { return loaded_->net->forward(rgb); }

    std::shared_ptr<const Net> loaded_;
};

const std::vector<std::string> kSizes = {"512", "256"};

}  // namespace

std::unique_ptr<Restorer> make_gpen(SpecReader& reader, const UnitContext& context) {
    FaceNetOptions options = read_face_net_options(reader);
    const std::string size = reader.choice("size", kSizes.front(), kSizes), own = reader.text("file", "");
    if (!own.empty() && reader.has("size"))
        throw UsageError("method gpen: a file says itself what size it is for: leave the option size out");
    reader.finish();
    options.device = device_of(context.device);
    options.own_file = !own.empty();
    options.levels = AuthorsLevels::kTruncated;
    UnitFile wanted{"file", std::nullopt, "GPEN-BFR-" + size + ".pth"};
    if (!own.empty()) wanted.own = own;
    const FoundFile file = find_unit_file(context.weights, "method gpen", wanted);
    const PublishedForm form{.network = "GPEN",
                             .paths = {"", "g_ema"}};  // the second one as the authors' training saves it
    const Checkpoint opened = open_checkpoint(file.path);
    const auto sizes = nets::gpen_options_of(published_tensors(opened, form).tensors, opened.name());
    auto loaded = load_published<nets::Gpen>(file.path, form, options.device, nets::prepare_for_inference, sizes);
    options.side = static_cast<int>(loaded->net->size());
    if (own.empty() && std::to_string(options.side) != size)
        throw Error(fmt::format("{}: holds a GPEN for faces of {} pixels, not {}", loaded->file, options.side, size));
    return std::make_unique<GpenMethod>(reader.spec(), options, file.use, std::move(loaded));
}

}  // namespace bfr

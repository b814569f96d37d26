#include "nets/torchscript.h"

#include <ATen/core/Tensor.h>
#include <torch/version.h>

#include "base/files.h"
#include "base/random.h"
#include "base/sha256.h"
#include "nets/torchscript_pictures.h"
#include "restore/units.h"

namespace bfr {
namespace {

class TorchScriptRestorer : public Restorer {
  public:
    TorchScriptRestorer(const Spec& spec, const PictureModule& options, const std::string& name)
        : form_(options.form), module_(options.module) {
        const auto& file = options.module.file;
        Spec named("torchscript");
        named.set("name", name);
        info_.label = name.empty() ? spec.canonical() : named.canonical();
        info_.version =
            fmt::format("1+libtorch{}+{}", TORCH_VERSION, sha256(std::string_view(spec.canonical())).substr(0, 12));
        info_.summary = "a network that was exported as a TorchScript module";
        info_.convention = fmt::format(
            "{} of {}; input {}; output{} with black {:g} and full light {:g}, clamped, x 255 + 0.5, truncated to 8 "
            "bits; the graph as exported, not optimised",
            printable(module_.signature()), printable(file.filename()), describe(form_),
            options.module.output.empty() ? "" : fmt::format(" [{}]", printable(options.module.output)), form_.out_low,
            form_.out_high);
        info_.source = printable(file);
        info_.weights = {{printable(file.filename()), sha256_of_file(file), std::filesystem::file_size(file)}};
        info_.weights[0].own = true;
        info_.parameters = module_.parameters();
        info_.device = options.module.device;
        info_.draws = module_.draws();
        if (form_.size > 0) info_.side = static_cast<int>(form_.size);
    }

    const RestorerInfo& info() const override { return info_; }

    Restored restore(const RestoreInput& input) const override {
        const at::Tensor picture = picture_for_module(input.degraded.rgb01(), form_);
        const uint64_t seed = Draw(input.run_seed, input.sample_id, "torchscript/seed").integer(0, uint64_t{1} << 63);
        const at::Tensor output = picture_from_module(module_.forward({&picture, 1}, seed), form_);
        return {Image::from_rgb01(output, input.sample_id), Json::object()};
    }

  private:
    PictureForm form_;
    TorchScript module_;
    RestorerInfo info_;
};

}  // namespace

std::unique_ptr<Restorer> make_torchscript(SpecReader& reader, const UnitContext& context) {
    const PictureModule options = read_picture_module(reader, context.device, true);
    const std::string name = reader.text("name", "");
    reader.finish();  // before the file is read: a misspelt option is the likelier mistake
    return std::make_unique<TorchScriptRestorer>(reader.spec(), options, name);
}

}  // namespace bfr

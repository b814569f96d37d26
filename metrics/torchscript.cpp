#include "nets/torchscript.h"

#include <ATen/core/Tensor.h>
#include <torch/version.h>

#include <array>

#include "base/files.h"
#include "base/sha256.h"
#include "metrics/pictures.h"
#include "metrics/units.h"
#include "nets/torchscript_pictures.h"

namespace bfr {
namespace {

struct ModuleMetricOptions {
    PictureModule module;
    bool reference = true;
    bool reference_first = false;
    Direction direction = Direction::kNone;
    std::string unit, name;
};

class TorchScriptMetric : public ImageMetric {
  public:
    TorchScriptMetric(const Spec& spec, const ModuleMetricOptions& options)
        : options_(options), module_(options.module.module) {
        const auto& module = options.module.module;
        if (module_.draws()) {
            throw UsageError(fmt::format(
                "metric torchscript: {} draws random numbers: a metric must give the same for the same pictures",
                printable(module.file)));
        }
        Spec named("torchscript");
        named.set("name", options.name);
        info_.label = options.name.empty() ? spec.canonical() : named.canonical();
        info_.version =
            fmt::format("1+libtorch{}+{}", TORCH_VERSION, sha256(std::string_view(spec.canonical())).substr(0, 12));
        info_.summary = "a metric that was exported as a TorchScript module";
        info_.convention = fmt::format(
            "{} of {}, called with {}; {}; its {} as it comes; on {}; the graph as exported, not optimised",
            printable(module_.signature()), printable(module.file.filename()),
            !options.reference        ? "the restored picture"
            : options.reference_first ? "the reference, then the restored picture"
                                      : "the restored picture, then the reference",
            describe(options.module.form),
            module.output.empty() ? "output" : fmt::format("output [{}]", printable(module.output)), module.device);
        info_.source = printable(module.file);
        info_.weights = {
            {printable(module.file.filename()), sha256_of_file(module.file), std::filesystem::file_size(module.file)}};
        info_.weights[0].own = true;
        info_.needs_reference = options.reference;
        info_.values = {{info_.label, options.unit, options.direction, "what the module gives", 4}};
    }

    const ScorerInfo& info() const override { return info_; }

    Scores score(const ScoredPicture& picture) const override {
        const PictureForm& form = options_.module.form;
        if (options_.reference) check_pair(info_.label, picture.restored, *picture.reference, 0, 1);
        std::array<at::Tensor, 2> inputs = {picture_for_module(picture.restored.rgb01(), form)};
        if (options_.reference) {
            inputs[1] = picture_for_module(picture.reference->rgb01(), form);
            if (options_.reference_first) std::swap(inputs[0], inputs[1]);
        }
        const at::Tensor value = module_.forward({inputs.data(), options_.reference ? size_t{2} : size_t{1}});
        if (value.numel() != 1) {
            throw Error(fmt::format("{}: the module gives {} numbers, not one", info_.label, value.numel()));
        }
        return {{Score(static_cast<double>(*value.data_ptr<float>()))}};
    }

  private:
    ModuleMetricOptions options_;
    TorchScript module_;
    ScorerInfo info_;
};

}  // namespace

std::unique_ptr<ImageMetric> make_torchscript_metric(SpecReader& reader, const UnitContext& context) {
    ModuleMetricOptions options;
    options.module = read_picture_module(reader, context.device, false);
    const std::string references[] = {"needed", "none"}, orders[] = {"restored-first", "reference-first"};
    options.reference = reader.choice("reference", "needed", references) == "needed";
    options.reference_first = reader.choice("order", "restored-first", orders) == "reference-first";
    options.direction = read_direction(reader);
    options.unit = reader.text("unit", "");
    options.name = reader.text("name", "");
    reader.finish();  // before the file is read: a misspelt option is the likelier mistake
    if (options.reference_first && !options.reference)
        throw UsageError("metric torchscript: order=reference-first needs a reference");
    options.module.module.inputs = options.reference ? 2 : 1;
    return std::make_unique<TorchScriptMetric>(reader.spec(), options);
}

}  // namespace bfr

#include "metrics/inception_features.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/shared_model.h"
#include "nets/prepare.h"
#include "weights/catalogue/unit_files.h"
#include "weights/state_dict/state_dict.h"

namespace bfr {
namespace {

std::shared_ptr<const nets::InceptionFid> load(const std::filesystem::path& file) {
    auto net = std::make_shared<nets::InceptionFid>();
    load_strictly(*net, tensors_below(open_checkpoint(file), ""), printable(file));
    nets::prepare_for_inference(*net);
    return net;
}

}  // namespace

const std::vector<InceptionConvention>& inception_conventions() {
    static const std::vector<InceptionConvention> all = {
        {"pytorch-fid",
         {Resizer::kTorchBilinear, false},
         MeanPrecision::kDouble,
         "mseitzer/pytorch-fid 0.3.0, fid_score.py and inception.py"},
        {"basicsr",
         {Resizer::kTorchBilinear, false},
         MeanPrecision::kSingle,
         "XPixelGroup/BasicSR 1.4.2, scripts/metrics/calculate_fid_folder.py; VQFR and RestoreFormer carry it"},
        {"clean",
         {Resizer::kPillowBicubic, true},
         MeanPrecision::kSingle,
         "GaParmar/clean-fid 0.1.35, mode clean: resize.py, features.py, fid.py"},
        {"torch-fidelity",
         {Resizer::kTensorFlow1Bilinear, true},
         MeanPrecision::kSingle,
         "toshas/torch-fidelity 0.4.0, feature_extractor_inceptionv3.py and metric_fid.py"},
        {"torchmetrics",
         {Resizer::kTorchBilinearAntialiased, true},
         MeanPrecision::kDouble,
         "Lightning-AI/torchmetrics 1.9.0, image/fid.py with antialias=True"},
    };
    return all;
}

InceptionConvention read_inception_convention(SpecReader& reader, std::vector<std::string> allowed) {
    if (allowed.empty()) {
        for (const auto& one : inception_conventions()) allowed.push_back(one.name);
    }
    const std::string chosen = reader.choice("convention", allowed.front(), allowed);
    InceptionConvention convention = *std::ranges::find(inception_conventions(), chosen, &InceptionConvention::name);
    const std::string orders[] = {"rgb", "bgr"};
    convention.input.bgr = reader.choice("order", "rgb", orders) == "bgr";
    return convention;
}

InceptionFeatures::InceptionFeatures(const std::string& unit, const InceptionConvention& convention,
                                     const std::optional<std::filesystem::path>& weights, const UnitContext& context)
    : input_(convention.input), own_file_(weights) {
    const FoundFile found = find_unit_file(context.weights, unit, {"weights", weights, kInceptionFile});
    weights_ = found.use;
    net_ = shared_model<const nets::InceptionFid>("inception_fid " + weights_.sha256, [&] { return load(found.path); });
    // version: of the network and the resizers here
    key_ = fmt::format("inception-2015-12-05 pool3, {}, weights {}, version 2", to_string(input_), weights_.sha256);
}

std::vector<float> InceptionFeatures::of(const Image& image) const {
    const at::NoGradGuard no_grad;
    const at::Tensor features = net_->forward(inception_input(image, input_)).contiguous();
    return {features.data_ptr<float>(), features.data_ptr<float>() + features.numel()};
}

std::string InceptionFeatures::description() const {
    return fmt::format(
        "Inception v3 of 2015-12-05, the 2,048 means before its classes; 8-bit {}, each picture by itself "
        "resized {}; float32",
        input_.bgr ? "pixels" : "RGB", to_string(input_));
}

}  // namespace bfr

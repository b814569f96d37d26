#include "downstream/expression_reader.h"

#include <torch/torch.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/files.h"
#include "nets/efficientnet.h"
#include "nets/face_expression.h"
#include "nets/published.h"
#include "weights/catalogue/unit_files.h"
#include "weights/formats/checkpoint.h"
#include "weights/formats/tfjs.h"

namespace bfr {
namespace {

// One expression, as the two networks and common data sets call it.
constexpr std::array<std::array<std::string_view, 2>, 6> kSynonyms{{{"happy", "happiness"},
                                                                    {"sad", "sadness"},
                                                                    {"angry", "anger"},
                                                                    {"fearful", "fear"},
                                                                    {"disgusted", "disgust"},
                                                                    {"surprised", "surprise"}}};

bool same_expression(std::string_view a, std::string_view b) {
    if (a == b) return true;
    return std::ranges::any_of(kSynonyms, [&](const auto& names) {
        return (a == names[0] && b == names[1]) || (a == names[1] && b == names[0]);
    });
}

std::vector<float> row_of(const at::Tensor& probabilities) {
    const at::Tensor row = probabilities.contiguous();
    return {row.data_ptr<float>(), row.data_ptr<float>() + row.numel()};
}

class FaceApi final : public ExpressionReader {
  public:
    explicit FaceApi(const UnitContext& context) : network_(load(context, weights_)) {
        classes_.assign(FaceExpressionNet::kClasses.begin(), FaceExpressionNet::kClasses.end());
        convention_ = "padded to a square with black and resized to 112x112 by its own rule";
        source_ = "npm @vladmandic/face-api 1.7.15, face_expression_model (MIT)";
    }
    std::vector<float> probabilities(const at::Tensor& face) const override {
        return row_of(network_.probabilities(face));
    }

  private:
    static FaceExpressionNet load(const UnitContext& context, std::vector<WeightsUse>& weights) {
        const auto manifest = context.weights.find("face_expression_model-weights_manifest.json");
        const auto shard = context.weights.find("face_expression_model.bin");
        weights.insert(weights.end(), {manifest.use, shard.use});
        return FaceExpressionNet(TfjsWeights::open(manifest.path, shard.path.parent_path()).tensors());
    }
    FaceExpressionNet network_;
};

const std::vector<std::string> kEightClasses = {"anger",     "contempt", "disgust", "fear",
                                                "happiness", "neutral",  "sadness", "surprise"};

// What the file's classifier is called and how many classes it has; for a file without one, the usual ones.
nets::EfficientNetOptions options_of(const std::filesystem::path& file) {
    const std::string_view nested = "classifier.0.weight", plain = "classifier.weight";
    const Checkpoint checkpoint = open_checkpoint(file);
    for (const auto& tensor : checkpoint.tensors()) {
        const bool is_nested = tensor.path.ends_with(nested);
        if ((!is_nested && !tensor.path.ends_with(plain)) || tensor.stored.shape.size() != 2) continue;
        const int64_t classes = tensor.stored.shape[0];
        if (classes != 7 && classes != 8) {
            throw Error(
                fmt::format("{}: its network tells {} classes apart; the networks of 7 and of 8 expressions "
                            "are known here",
                            checkpoint.name(), classes));
        }
        return {.classes = classes, .nested_classifier = is_nested};
    }
    return {};
}

class HsEmotion final : public ExpressionReader {
  public:
    HsEmotion(const UnitContext& context, const std::string& model,
              const std::optional<std::filesystem::path>& weights) {
        const FoundFile file = find_unit_file(context.weights, "task emotion", {"weights", weights, model + ".pt"});
        weights_ = {file.use};
        const auto options = options_of(file.path);
        network_ = nets::published<nets::EfficientNetB0>(file.path, "EfficientNet of timm (HSEmotion)", options);
        classes_ = kEightClasses;
        if (options.classes == 7) std::erase(classes_, "contempt");
        convention_ =
            "resized to 224x224 without keeping its proportions (antialiased bilinear, rounded to 8 bit, within a "
            "level "
            "of Pillow's), ImageNet's mean and deviation";
        source_ = fmt::format(
            "HSE-asavchenko/hsemotion at 25124a7, hsemotion/facial_emotions.py, {} (Savchenko, SISY 2021; "
            "EfficientNet-B0 trained on AffectNet)",
            weights ? printable(weights->filename()) : model);
    }

    std::vector<float> probabilities(const at::Tensor& face) const override {
        const at::NoGradGuard no_grad;
        constexpr int64_t kSide = nets::EfficientNetB0::kSide;
        const at::Tensor small = at::_upsample_bilinear2d_aa(face * 255, {kSide, kSide}, false).round() / 255;
        const auto row = [](float r, float g, float b) {
            return at::tensor(std::vector<float>{r, g, b}).view({1, 3, 1, 1});
        };
        const at::Tensor x = (small - row(.485F, .456F, .406F)) / row(.229F, .224F, .225F);
        return row_of(at::softmax(network_->forward(x), 1));
    }

  private:
    std::shared_ptr<const nets::EfficientNetB0> network_;
};

}  // namespace

std::optional<size_t> ExpressionReader::class_index(std::string_view name) const {
    const auto found = std::ranges::find_if(classes_, [&](const auto& known) { return same_expression(known, name); });
    if (found == classes_.end()) return std::nullopt;
    return static_cast<size_t>(found - classes_.begin());
}

std::unique_ptr<ExpressionReader> make_face_api_reader(const UnitContext& context) {
    return std::make_unique<FaceApi>(context);
}

std::unique_ptr<ExpressionReader> make_hsemotion_reader(const UnitContext& context, const std::string& model,
                                                        const std::optional<std::filesystem::path>& weights) {
    return std::make_unique<HsEmotion>(context, model, weights);
}

}  // namespace bfr

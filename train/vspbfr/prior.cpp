#include "train/vspbfr/prior.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "train/batches.h"
#include "train/grid.h"
#include "train/principal_components.h"
#include "train/stages.h"
#include "train/vspbfr/stage_names.h"
#include "train/vspbfr/whiten.h"

namespace bfr::train {

namespace {

constexpr double kScoreDeviation = 0.3;  // of a score as it enters the codes, as of what the encoder adds to it
constexpr int64_t kWhiteningFaces = 1024;

at::Tensor of_side(const at::Tensor& picture, int64_t side) {
    const int64_t step = picture.size(2) / side;
    return step == 1 ? picture : at::avg_pool2d(picture, {step, step});
}

}  // namespace

Autoencoder::Autoencoder(const SystemSizes& sizes) : encoder_side(sizes.encoder.input) {
    encoder = register_module("encoder", std::make_shared<nets::CompactStyleEncoder>(sizes.encoder));
    bank = register_module("decoder", std::make_shared<nets::StyleGan2>(sizes.bank));
    for (auto& item : bank->named_parameters()) {
        // the mapping of random codes takes no part
        if (item.key().starts_with("style.")) item.value().set_requires_grad(false);
    }
}

at::Tensor Autoencoder::codes(const at::Tensor& picture) const {
    return codes_of(*encoder, *bank, picture, encoder_side);
}

at::Tensor Autoencoder::decoded(const at::Tensor& picture, int64_t side) const {
    return bank->picture(codes(picture), nets::NoNoise(), side);
}

PriorStage::PriorStage(const SystemSizes& sizes, const PriorOptions& options, Judges judges)
    : LearningStage(sizes, options.optimiser, {.learning = "", .result = ""}, options.run.device),
      sizes_(sizes),
      options_(options),
      judges_(std::move(judges)) {}

void PriorStage::fit_linear_path(const BatchSource& training, int64_t pictures) {
    const at::NoGradGuard no_grad;
    const auto* linear = learning_.bank->linear();
    if (!linear) return;
    constexpr int64_t kAtOnce = 64;
    const int64_t count = std::min(pictures, training.size());
    int64_t first = 0;
    const auto next = [&]() -> at::Tensor {
        if (first >= count) return {};
        const at::Tensor small =
            of_side(training.clean(first, std::min(kAtOnce, count - first)), nets::LinearPath::kSide);
        first += kAtOnce;
        return at::cat({small, small.flip(3)}).flatten(1).cpu();
    };
    const PrincipalComponents found = principal_components(next, linear->numbers());
    const at::Tensor used = found.deviation > 0;
    for (const Autoencoder* net : {&learning_, &averaged_}) {
        auto& to = *net->bank->linear();
        to.mean.copy_(found.mean.view(to.mean.sizes()));
        to.basis.copy_(found.basis);
        to.encode.detach().copy_(at::where(used, kScoreDeviation / found.deviation, at::zeros_like(found.deviation)));
        to.decode.detach().copy_(found.deviation / kScoreDeviation);
    }
}

Values PriorStage::step(int64_t iteration, double factor, const Batch& batch) {
    const int64_t full = sizes_.bank.size;
    const int64_t side = iteration < options_.until_32   ? std::min<int64_t>(full, 32)
                         : iteration < options_.until_64 ? std::min<int64_t>(full, 64)
                                                         : full;
    const at::Tensor clean = of_side(batch.clean, side);
    const at::Tensor made = learning_.decoded(batch.clean, side);
    Values values;
    const at::Tensor loss = picture_loss(made, clean, options_.weights, judges_, values);
    learner_.step(loss, iteration, factor, values);
    return values;
}

Values PriorStage::validate(const std::vector<Batch>& batches) {
    PictureScores scores(judges_);
    for (const auto& batch : batches) scores.add(averaged_.decoded(batch.clean, sizes_.bank.size), batch.clean);
    return scores.means();
}

at::Tensor PriorStage::show(const Batch& batch) {
    const at::NoGradGuard no_grad;
    return grid_of({batch.clean, averaged_.decoded(batch.clean, sizes_.bank.size)});
}

std::vector<std::string> PriorStage::rows() const { return {"clean faces", "decoded from their codes"}; }

StateDict PriorStage::result(const BatchSource& training) const {
    const at::NoGradGuard no_grad;
    constexpr int64_t kAtOnce = 32;
    std::vector<at::Tensor> codes;
    for (int64_t first = 0; first < std::min(kWhiteningFaces, training.size()); first += kAtOnce)
        codes.push_back(averaged_.codes(training.clean(first, kAtOnce)));
    StateDict encoder, decoder, result;
    save_module(*averaged_.encoder, "", encoder);
    save_module(*averaged_.bank, "", decoder);
    whiten_codes(at::cat(codes), sizes_.bank, encoder, decoder);
    for (const auto& [name, tensor] : encoder) result["encoder." + name] = tensor;
    for (const auto& [name, tensor] : decoder) result["decoder." + name] = tensor;
    return result;
}

StageEntry prior_entry() {
    const auto read = [](StageReader& reader, StageSetup& setup, const StageContext& context) -> MakeStage {
        setup.loop.iterations = 20'000;
        setup.batch = 16;
        PriorOptions options;
        options.run = context.run;
        const SystemSizes sizes = read_common(reader, setup, options.optimiser, options.weights);
        constexpr int64_t kMost = 100'000'000;
        reader.integer("until_32", options.until_32, 0, kMost, "iterations in which pictures of 32 pixels are made");
        reader.integer("until_64", options.until_64, 0, kMost, "iteration up to which pictures of 64 pixels are made");
        JudgeOptions judges;
        reader.judges(judges);
        reader.finish();
        return [=, find = context.find](const BatchSource& training, bool anew) {
            check_pack(sizes.bank.size, training);
            auto stage = std::make_unique<PriorStage>(sizes, options, load_judges(judges, find, options.run.device));
            if (anew) stage->fit_linear_path(training, training.size());
            return stage;
        };
    };
    return {.name = kPriorStage,
            .summary = "a StyleGAN2-style decoder and an encoder of clean faces, as an autoencoder",
            .full_512 = "",
            .instead =
                "the authors took FFHQ's published generator and encoder: the later stages read such a file "
                "(pretrained=FILE)",
            .read = read};
}

}  // namespace bfr::train

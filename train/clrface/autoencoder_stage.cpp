#include "train/clrface/autoencoder_stage.h"

#include <torch/torch.h>

#include "base/error.h"
#include "nets/ops/attention.h"
#include "train/batches.h"
#include "train/grid.h"
#include "train/stages.h"

namespace bfr::train {

using nets::clrface::Autoencoder;
using nets::clrface::AutoencoderOptions;

namespace {

constexpr int64_t kMeasured = 1024;  // faces by which the latent is normalised

// (B, C, h, w) -> (B h w, C)
at::Tensor rows_of(const at::Tensor& latent) {
    return nets::tokens_of(latent.contiguous(at::MemoryFormat::ChannelsLast)).reshape({-1, latent.size(1)});
}

at::Tensor decoded(const Autoencoder& net, const at::Tensor& picture, bool quantised) {
    return net.picture(net.latent(picture), quantised);
}

}  // namespace

AutoencoderStage::AutoencoderStage(const AutoencoderOptions& sizes, const AutoencoderStageOptions& options,
                                   Judges judges)
    : LearningStage(sizes, options.optimiser, {.learning = "autoencoder.", .result = "autoencoder."},
                    options.run.device),
      options_(options),
      judges_(std::move(judges)),
      averages_(sizes.codes, sizes.code_width, options.codebook, options.run.device) {}

Values AutoencoderStage::step(int64_t iteration, double factor, const Batch& batch) {
    Values values;
    const at::Tensor latent = learning_.encoded(batch.clean), rows = rows_of(latent);
    at::Tensor& weight = learning_.codebook().weight;
    at::Tensor indices = nearest_codes(rows, weight.detach());
    if (!options_.gradient) {
        values["revived"] = static_cast<double>(averages_.learn(weight.detach(), rows, indices, iteration));
        indices = nearest_codes(rows, weight.detach());
    }
    const at::Tensor codes = weight.index_select(0, indices);
    const at::Tensor distance = (rows - codes.detach()).square().mean();
    values["commitment"] = distance.item<double>();
    at::Tensor loss = options_.commitment * distance;
    if (options_.gradient) loss = loss + (codes - rows.detach()).square().mean();
    const at::Tensor pictures =
        nets::picture_of(codes.detach().view({latent.size(0), latent.size(2) * latent.size(3), latent.size(1)}),
                         latent.size(2), latent.size(3));
    const at::Tensor made = learning_.decoded(latent + (pictures - latent).detach());
    loss = loss + picture_loss(made, batch.clean, options_.weights, judges_, values);
    CodebookUse use(weight.size(0));
    use.add(indices);
    values["codes_used"] = use.share();
    learner_.step(loss, iteration, factor, values);
    return values;
}

Values AutoencoderStage::validate(const std::vector<Batch>& batches) {
    PictureScores scores(judges_), before(judges_);
    CodebookUse use(averaged_.options().codes);
    for (const auto& batch : batches) {
        const at::Tensor latent = averaged_.encoded(batch.clean);
        const at::Tensor indices = averaged_.nearest(latent);
        use.add(indices);
        scores.add(averaged_.decoded(averaged_.of_codes(indices, latent.size(2), latent.size(3))), batch.clean);
        before.add(averaged_.decoded(latent), batch.clean, "unquantised_");
    }
    Values values = with_others(scores.means(), before.means());
    values["codes_used"] = use.share();
    values["perplexity"] = use.perplexity();
    return values;
}

at::Tensor AutoencoderStage::show(const Batch& batch) {
    const at::NoGradGuard no_grad;
    return grid_of({batch.clean, decoded(averaged_, batch.clean, true), decoded(averaged_, batch.clean, false)});
}

std::vector<std::string> AutoencoderStage::rows() const {
    return {"clean faces", "decoded from their codes", "from the latent before the codebook"};
}

void AutoencoderStage::save(StateDict& to) const {
    LearningStage::save(to);
    if (!options_.gradient) averages_.save("codebook.", to);
}

void AutoencoderStage::restore(const StateDict& from, const std::string& source) {
    LearningStage::restore(from, source);
    if (!options_.gradient) averages_.restore("codebook.", from, source);
}

StateDict AutoencoderStage::result(const BatchSource& training) const {
    const at::NoGradGuard no_grad;
    constexpr int64_t kAtOnce = 32;
    at::Tensor sum, squares;
    double pixels = 0;
    for (int64_t first = 0; first < std::min(kMeasured, training.size()); first += kAtOnce) {
        const int64_t count = std::min(kAtOnce, training.size() - first);
        const at::Tensor rows = rows_of(averaged_.encoded(training.clean(first, count))).to(at::kDouble);
        sum = sum.defined() ? sum + rows.sum(0) : rows.sum(0);
        squares = squares.defined() ? squares + rows.square().sum(0) : rows.square().sum(0);
        pixels += static_cast<double>(rows.size(0));
    }
    const at::Tensor mean = sum / pixels, variance = squares / pixels - mean.square();
    StateDict result = LearningStage::result(training);
    const auto shaped = [](const at::Tensor& values) { return values.to(at::kFloat).view({1, -1, 1, 1}); };
    result["autoencoder.latent_mean"] = shaped(mean);
    result["autoencoder.latent_deviation"] = shaped(variance.clamp_min(1e-12).sqrt());
    return result;
}

StageEntry clrface_autoencoder_entry() {
    const auto read = [](StageReader& reader, StageSetup& setup, const StageContext& context) -> MakeStage {
        setup.loop.iterations = 30'000;
        AutoencoderStageOptions options;
        options.run = context.run;
        reader.setup(setup);
        reader.optimiser(options.optimiser);
        reader.weights(options.weights);
        AutoencoderOptions sizes{
            .patch = 2, .width = 64, .multipliers = {}, .blocks = 1, .code_width = 4, .codes = 2048};
        int64_t size = 128;
        reader.integer("size", size, 16, 1024, "pixels of the pack's faces");
        reader.integer("patch", sizes.patch, 1, 4, "pixels a side that are one to the convolutions: 1, 2, 4");
        reader.integer("width", sizes.width, 32, 1024, "channels at that size; twice as many with each halving");
        reader.integer("blocks", sizes.blocks, 1, 16, "residual blocks of a size, on the way down and on the way up");
        reader.integer("code_width", sizes.code_width, 1, 256, "numbers in a code");
        reader.integer("codes", sizes.codes, 2, 1 << 20, "of the codebook");
        reader.number("commitment", options.commitment, 0, 1e6, "weight of the latent's distance from its codes");
        std::string learnt = "averages";
        reader.choice("codebook", learnt, {"averages", "gradients"}, "what the codes learn by");
        reader.number("decay", options.codebook.decay, 0, 1, "of the codes' averages");
        reader.number("dead", options.codebook.dead, 0, 1, "share of the mean use below which a code is moved");
        reader.integer("revive_every", options.codebook.revive_every, 1, 1'000'000, "iterations between such moves");
        reader.integer("revive_until", options.codebook.revive_until, 0, 100'000'000, "iteration of the last move");
        JudgeOptions judges;
        reader.judges(judges);
        reader.finish();
        options.gradient = learnt == "gradients";
        options.codebook.seed = context.run.seed;
        if (sizes.patch == 3 || sizes.width % 32 != 0)
            throw UsageError(
                fmt::format("stage {}: patch must be 1, 2 or 4, and width a multiple of 32", reader.stage()));
        for (int64_t side = sizes.patch, of = 1; side <= AutoencoderOptions::kFactor; side *= 2, of *= 2)
            sizes.multipliers.push_back(of);
        return [=, find = context.find](const BatchSource& training, bool) {
            check_pack(size, training);
            return std::make_unique<AutoencoderStage>(sizes, options, load_judges(judges, find, options.run.device));
        };
    };
    return {.name = kAutoencoderStage,
            .summary = "a vector-quantised autoencoder of clean faces, whose latent is four times smaller",
            .full_512 = "size=512,patch=1,width=128,blocks=2,code_width=3,codes=8192",
            .instead = "",
            .read = read};
}

}  // namespace bfr::train

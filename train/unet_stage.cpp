#include "train/unet_stage.h"

#include <torch/torch.h>

#include "train/batches.h"
#include "train/grid.h"

namespace bfr::train {

UNetStage::UNetStage(const nets::UNetOptions& sizes, const UNetStageOptions& options, Judges judges)
    : LearningStage(sizes, options.optimiser, {.learning = options.prefix, .result = options.prefix},
                    options.run.device),
      options_(options),
      judges_(std::move(judges)) {}

Values UNetStage::step(int64_t iteration, double factor, const Batch& batch) {
    Values values;
    const at::Tensor loss =
        picture_loss(learning_.forward(batch.degraded), batch.clean, options_.weights, judges_, values);
    learner_.step(loss, iteration, factor, values);
    return values;
}

Values UNetStage::validate(const std::vector<Batch>& batches) {
    PictureScores scores(judges_), input(judges_);
    for (const auto& batch : batches) {
        scores.add(averaged_.forward(batch.degraded), batch.clean);
        input.add(batch.degraded, batch.clean, "input_");
    }
    return with_others(scores.means(), input.means());
}

at::Tensor UNetStage::show(const Batch& batch) {
    const at::NoGradGuard no_grad;
    return grid_of({batch.degraded, averaged_.forward(batch.degraded), batch.clean});
}

std::vector<std::string> UNetStage::rows() const { return {"degraded faces", "restored", "clean faces"}; }

namespace {

// `wanted`: the defaults.
StageEntry entry_of(const std::string& name, const std::string& summary, const std::string& instead, int64_t base,
                    const UNetStageOptions& wanted) {
    const auto read = [wanted, base](StageReader& reader, StageSetup& setup, const StageContext& context) -> MakeStage {
        setup.loop.iterations = 30'000;
        UNetStageOptions options = wanted;
        options.run = context.run;
        reader.setup(setup);
        reader.optimiser(options.optimiser);
        reader.weights(options.weights);
        int64_t channels = base, size = 128;
        reader.integer("base", channels, 1, 1024, "channels at the picture's size; 2, 4, 6 and 6 times as many below");
        reader.integer("size", size, 16, 1024, "pixels of the pack's faces, which the exported file says");
        JudgeOptions judges;
        reader.judges(judges);
        reader.finish();
        return [=, find = context.find](const BatchSource& training, bool) {
            check_pack(size, training);
            const nets::UNetOptions sizes{.widths = {channels, 2 * channels, 4 * channels, 6 * channels, 6 * channels}};
            return std::make_unique<UNetStage>(sizes, options, load_judges(judges, find, options.run.device));
        };
    };
    return {.name = name, .summary = summary, .full_512 = "", .instead = instead, .read = read};
}

}  // namespace

StageEntry unet_entry() {
    return entry_of("unet", "a plain U-Net: the baseline that a system has to be better than",
                    "the authors have no such baseline: name the sizes and settings that it should have",
                    nets::UNetOptions().widths[0], {});
}

StageEntry irn_entry() {
    UNetStageOptions options;
    options.prefix = "irn.";
    options.weights = {.pixel = 1, .perceptual = 0, .identity = 1};
    return entry_of("irn",
                    "the Identity Recovery Network: a small U-Net whose face the diffusion's identity is held to",
                    "the paper says nothing of its sizes: name them", 16, options);
}

}  // namespace bfr::train

#include "train/vspbfr/style_encoder_stage.h"

#include <torch/torch.h>

#include "train/batches.h"
#include "train/grid.h"
#include "train/stages.h"
#include "train/vspbfr/stage_names.h"

namespace bfr::train {

StyleEncoderStage::StyleEncoderStage(const SystemSizes& sizes, const StyleEncoderStageOptions& options, Judges judges,
                                     const std::filesystem::path& prior)
    : LearningStage(sizes.encoder, options.optimiser, {.learning = "encoder.", .result = "encoder."},
                    options.run.device),
      size_(sizes.bank.size),
      options_(options),
      judges_(std::move(judges)),
      prior_(prior, options.run.device) {
    check_fit(sizes, prior_, prior);
    copy_weights(*prior_.encoder, learning_);
    learner_.begin_average();
}

at::Tensor StyleEncoderStage::decoded(const at::Tensor& codes) const {
    return prior_.decoded(codes, size_, nets::NoNoise());
}

Values StyleEncoderStage::step(int64_t iteration, double factor, const Batch& batch) {
    at::Tensor target;
    {
        const at::NoGradGuard no_grad;
        target = prior_.codes(batch.clean);
    }
    const at::Tensor found = prior_.codes(learning_, batch.degraded);
    Values values;
    const at::Tensor distance = (found - target).abs().mean();
    values["codes"] = distance.item<double>();
    const at::Tensor loss =
        options_.codes * distance + picture_loss(decoded(found), batch.clean, options_.weights, judges_, values);
    learner_.step(loss, iteration, factor, values);
    return values;
}

Values StyleEncoderStage::validate(const std::vector<Batch>& batches) {
    PictureScores scores(judges_);
    double distance = 0, of_clean_encoder = 0, n = 0;
    for (const auto& batch : batches) {
        const at::Tensor target = prior_.codes(batch.clean), found = prior_.codes(averaged_, batch.degraded);
        distance += (found - target).abs().sum().item<double>();
        of_clean_encoder += (prior_.codes(batch.degraded) - target).abs().sum().item<double>();
        n += static_cast<double>(target.numel());
        scores.add(decoded(found), batch.clean);
    }
    Values values = scores.means();
    values["codes"] = distance / n;
    values["codes_of_clean_encoder"] = of_clean_encoder / n;
    return values;
}

at::Tensor StyleEncoderStage::show(const Batch& batch) {
    const at::NoGradGuard no_grad;
    return grid_of({batch.degraded, decoded(prior_.codes(averaged_, batch.degraded)),
                    decoded(prior_.codes(batch.clean)), batch.clean});
}

std::vector<std::string> StyleEncoderStage::rows() const {
    return {"degraded faces", "decoded from their codes", "decoded from the clean faces' codes", "clean faces"};
}

StageEntry style_encoder_entry() {
    const auto read = [](StageReader& reader, StageSetup& setup, const StageContext& context) -> MakeStage {
        setup.loop.iterations = 10'000;
        StyleEncoderStageOptions options;
        options.run = context.run;
        const SystemSizes sizes = read_common(reader, setup, options.optimiser, options.weights);
        reader.number("codes", options.codes, 0, 1e6, "weight of the codes' L1 loss");
        JudgeOptions judges;
        reader.judges(judges);
        reader.finish();
        return
            [=, find = context.find, prior = trained_stage(context, kPriorStage)](const BatchSource& training, bool) {
                check_pack(sizes.bank.size, training);
                return std::make_unique<StyleEncoderStage>(sizes, options,
                                                           load_judges(judges, find, options.run.device), prior);
            };
    };
    return {.name = kStyleEncoderStage,
            .summary = "the encoder again, for degraded faces",
            .full_512 = "",
            .instead =
                "Encoder4Editing is trained by its authors' program (LonglongaaaGo/e4e_trainer); the later "
                "stages read its file (pretrained=FILE)",
            .read = read};
}

}  // namespace bfr::train

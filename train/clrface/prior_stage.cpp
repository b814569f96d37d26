#include "train/clrface/prior_stage.h"

#include <torch/torch.h>

#include <algorithm>

#include "base/error.h"
#include "base/random.h"
#include "train/batches.h"
#include "train/clrface/autoencoder_stage.h"
#include "train/draws.h"
#include "train/grid.h"
#include "train/stages.h"

namespace bfr::train {

using nets::clrface::Autoencoder;
using nets::clrface::LatentPriorOptions;
using nets::clrface::SamplingOptions;

std::shared_ptr<Autoencoder> trained_autoencoder(const std::filesystem::path& file, at::Device device) {
    const Checkpoint checkpoint = open_checkpoint(file);
    const StateDict tensors = tensors_below(checkpoint, "autoencoder");
    auto net = std::make_shared<Autoencoder>(nets::clrface::autoencoder_sizes(tensors, checkpoint.name()));
    load_strictly(*net, tensors, checkpoint.name());
    freeze(*net);
    net->to(device);
    return net;
}

namespace {

// The layers that end a residual block, and the network, give nothing at first: it begins as its shortcuts.
void begin_with_shortcuts(torch::nn::Module& net) {
    const at::NoGradGuard no_grad;
    for (auto& item : net.named_parameters()) {
        const std::string& name = item.key();
        const bool ends = name.find("out_layers.3.") != std::string::npos || name.starts_with("unet.out.2.") ||
                          name.find("proj_out.") != std::string::npos;
        if (ends) item.value().zero_();
    }
}

}  // namespace

LatentPriorStage::LatentPriorStage(const LatentPriorOptions& sizes, const LatentPriorStageOptions& options,
                                   Judges judges, std::shared_ptr<Autoencoder> autoencoder)
    : LearningStage(sizes, options.optimiser, {.learning = "prior.", .result = "prior."}, options.run.device),
      options_(options),
      judges_(std::move(judges)),
      autoencoder_(std::move(autoencoder)) {
    begin_with_shortcuts(learning_);
    learner_.begin_average();
}

Values LatentPriorStage::step(int64_t iteration, double factor, const Batch& batch) {
    at::Tensor clean, condition;
    {
        const at::NoGradGuard no_grad;
        clean = autoencoder_->latent(batch.clean);
        condition = autoencoder_->latent(batch.degraded);
    }
    const int64_t count = clean.size(0);
    const auto& schedule = learning_.schedule();
    const Draw draw(options_.run.seed, std::to_string(iteration), "train/prior/time");
    std::vector<float> times, kept;
    for (int64_t i = 0; i < count; i++) {
        // one of each of `count` equal parts of the diffusion: a batch sees all of it
        const double at =
            (static_cast<double>(i) + draw.uniform(static_cast<uint64_t>(i))) / static_cast<double>(count);
        const int time = std::min(static_cast<int>(at * schedule.steps()), schedule.steps() - 1);
        times.push_back(static_cast<float>(time));
        kept.push_back(static_cast<float>(schedule.alpha_bar(time)));
    }
    const at::Tensor noise =
        normal_numbers(options_.run.seed, "prior/noise", iteration, clean.sizes()).to(clean.device());
    const at::Tensor alpha_bar = at::tensor(kept).to(clean.device()), shaped = alpha_bar.view({-1, 1, 1, 1});
    const at::Tensor noisy = shaped.sqrt() * clean + (1 - shaped).sqrt() * noise;
    const at::Tensor said = learning_.forward(noisy, condition, at::tensor(times).to(clean.device())).to(at::kFloat);
    Values values;
    learner_.step((said - learning_.target(clean, noise, alpha_bar)).square().mean(), iteration, factor, values);
    return values;
}

at::Tensor LatentPriorStage::restored(const at::Tensor& condition, int64_t draw) const {
    const SamplingOptions sampling{.steps = static_cast<int>(options_.steps)};
    return nets::clrface::sample_latent(averaged_, sampling, condition, {}, [&](const std::string& name) {
        return normal_numbers(options_.run.seed, "validation/" + name, draw, condition.sizes()).to(condition.device());
    });
}

Values LatentPriorStage::validate(const std::vector<Batch>& batches) {
    PictureScores scores(judges_), input(judges_), best(judges_);
    double distance = 0, before = 0, n = 0;
    for (size_t i = 0; i < batches.size(); i++) {
        const Batch& batch = batches[i];
        const at::Tensor clean = autoencoder_->latent(batch.clean), condition = autoencoder_->latent(batch.degraded);
        const at::Tensor found = restored(condition, static_cast<int64_t>(i));
        distance += (found - clean).square().sum().item<double>();
        before += (condition - clean).square().sum().item<double>();
        n += static_cast<double>(clean.numel());
        scores.add(autoencoder_->picture(found, true), batch.clean);
        input.add(batch.degraded, batch.clean, "input_");
        best.add(autoencoder_->picture(clean, true), batch.clean, "best_");
    }
    Values values = with_others(with_others(scores.means(), input.means()), best.means());
    values["latent"] = std::sqrt(distance / n);
    values["latent_of_condition"] = std::sqrt(before / n);
    return values;
}

at::Tensor LatentPriorStage::show(const Batch& batch) {
    const at::NoGradGuard no_grad;
    const at::Tensor condition = autoencoder_->latent(batch.degraded);
    return grid_of({batch.degraded, autoencoder_->picture(condition, true),
                    autoencoder_->picture(restored(condition, 0), true), batch.clean});
}

std::vector<std::string> LatentPriorStage::rows() const {
    return {"degraded faces", "decoded from their latents", "restored", "clean faces"};
}

StageEntry clrface_prior_entry() {
    const auto read = [](StageReader& reader, StageSetup& setup, const StageContext& context) -> MakeStage {
        setup.loop.iterations = 60'000;
        setup.batch = 16;
        LatentPriorStageOptions options;
        options.run = context.run;
        reader.setup(setup);
        reader.optimiser(options.optimiser);
        int64_t size = 128, width = 64;
        reader.integer("size", size, 32, 1024, "pixels of the pack's faces");
        reader.integer("width", width, 32, 1024,
                       "channels of the U-Net at the latent's size; twice as many at a quarter of it");
        LatentPriorOptions sizes;
        reader.choice("schedule", sizes.schedule, nets::clrface::kSchedules, "of the noise, in 1000 steps");
        std::string parameter = nets::clrface::kParameters[static_cast<size_t>(sizes.parameter)];
        reader.choice("predicts", parameter, nets::clrface::kParameters, "what the U-Net says of a noisy latent");
        reader.integer("steps", options.steps, 1, 1000, "of DDIM, by which it is judged");
        std::string autoencoder;
        reader.text("autoencoder", autoencoder, "file of the autoencoder instead of the stage's own");
        JudgeOptions judges;
        reader.judges(judges);
        reader.finish();
        if (size % 16 != 0 || width % 32 != 0)
            throw UsageError(fmt::format("stage {}: size must be a multiple of 16, width of 32", reader.stage()));
        sizes.parameter = static_cast<nets::clrface::Parameter>(
            std::ranges::find(nets::clrface::kParameters, parameter) - nets::clrface::kParameters.begin());
        const std::filesystem::path file =
            autoencoder.empty() ? trained_stage(context, kAutoencoderStage) : std::filesystem::path(autoencoder);
        return [=, find = context.find](const BatchSource& training, bool) {
            check_pack(size, training);
            const auto trained = trained_autoencoder(file, options.run.device);
            const int64_t side = size / nets::clrface::AutoencoderOptions::kFactor,
                          channels = trained->options().code_width;
            LatentPriorOptions made = sizes;
            made.unet = {.side = side,
                         .in = 2 * channels,
                         .out = channels,
                         .width = width,
                         .widths = {1, 1, 2},
                         .blocks = {2, 2, 1},
                         .attention = {side / 2, side / 4},
                         .head_width = nets::clrface::kHeadWidth};
            return std::make_unique<LatentPriorStage>(made, options, load_judges(judges, find, options.run.device),
                                                      trained);
        };
    };
    return {.name = "prior",
            .summary = "a diffusion over the latents of clean faces, conditioned on the degraded face's",
            .full_512 = "",
            .instead = "the paper says nothing of its U-Net's sizes: name them",
            .read = read};
}

}  // namespace bfr::train

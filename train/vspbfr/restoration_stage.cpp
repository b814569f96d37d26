#include "train/vspbfr/restoration_stage.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/random.h"
#include "train/batches.h"
#include "train/draws.h"
#include "train/grid.h"
#include "train/stages.h"
#include "train/vspbfr/stage_names.h"
#include "train/vspbfr/warm_start.h"

namespace bfr::train {

RestorationStage::RestorationStage(const SystemSizes& sizes, const RestorationStageOptions& options, Judges judges,
                                   const RestorationFiles& files)
    : LearningStage(sizes.restoration, options.optimiser,
                    {.learning = "g.", .average = "g_ema.", .adam = "g_adam.", .result = "g_ema."}, options.run.device),
      sizes_(sizes),
      options_(options),
      judges_(std::move(judges)),
      prior_(files.prior, options.run.device),
      schedule_(static_cast<int>(options.steps)),
      augmented_(options.augmentation) {
    const at::Device device = options.run.device;
    check_fit(sizes, prior_, files.prior);
    if (options.prompt != TrainingPrompt::kNone)
        encoder_ = files.encoder.empty() ? prior_.encoder : trained_encoder(prior_, files.encoder, device);
    if (options.prompt == TrainingPrompt::kDiffused) diffuser_ = trained_diffuser(prior_, files.diffuser, device);
    learning_.train();  // a dropout in final_linear
    if (options.warm) {
        begin_as_generator(learning_, *prior_.bank);
        learner_.begin_average();
    }
    const auto& adversarial = options.adversarial;
    if (adversarial.weight > 0) {
        discriminator_.emplace(
            nets::DiscriminatorOptions{.size = sizes.restoration.size, .channels = sizes.restoration.channels});
        discriminator_->to(device);
        const double ratio = lazy_ratio(adversarial.penalty_every);
        discriminator_adam_.emplace(parameters_of(*discriminator_, "d."),
                                    AdamOptions{options.discriminator_rate * ratio, 0, std::pow(0.99, ratio)});
    }
}

at::Tensor RestorationStage::drawn(const std::string& name, int64_t draw, at::IntArrayRef shape) const {
    return normal_numbers(options_.run.seed, name, draw, shape).to(options_.run.device);
}

at::Tensor RestorationStage::prompt_of(const at::Tensor& degraded, const std::string& name, int64_t draw) const {
    const at::NoGradGuard no_grad;
    if (options_.prompt == TrainingPrompt::kNone) {
        // which stage 1 made zero
        return prior_.mean_code.expand(
            {degraded.size(0), std::max(prior_.mean_code.size(1), prior_.bank->codes()), sizes_.bank.style_width});
    }
    const at::Tensor codes = prior_.codes(*encoder_, degraded);
    if (options_.prompt == TrainingPrompt::kDegraded) return codes;
    return nets::sample_codes(*diffuser_, schedule_, drawn(name + "/x_T", draw, codes.sizes()), codes);
}

at::Tensor RestorationStage::restored(const nets::RestorationNet& net, const at::Tensor& degraded,
                                      const std::string& name, int64_t draw) const {
    at::Tensor codes;
    std::vector<at::Tensor> features;
    {
        const at::NoGradGuard no_grad;
        codes = prompt_of(degraded, name, draw);
        features = prior_.features(codes, net.feature_count(), *prior_.noise(options_.run.seed, name, draw));
    }
    const int64_t width = sizes_.restoration.style_width, batch = degraded.size(0);
    const Draw choice(options_.run.seed, std::to_string(draw), "train/" + name + "/mixing");
    const auto mapped = [&](const std::string& which) {
        return net.map(drawn(name + which, draw, {batch, width})).unsqueeze(1).expand({batch, net.codes(), width});
    };
    at::Tensor random = mapped("/z");
    if (choice.uniform(0) < options_.mixing) {
        const auto from = 1 + static_cast<int64_t>(choice.integer(1, static_cast<uint64_t>(net.codes() - 1)));
        random = at::cat({random.narrow(1, 0, from), mapped("/z2").narrow(1, from, net.codes() - from)}, 1);
    }
    return net
        .forward(degraded, std::move(features), codes, random,
                 IterationNoise(options_.run.seed, draw, options_.run.device))
        .image;
}

Critic RestorationStage::critic(const std::string& name, int64_t iteration) const {
    return [this, name, iteration, call = 0](const at::Tensor& pictures) mutable {
        const double probability = augmented_.now();
        if (probability <= 0) return discriminator_->forward(pictures);
        const Augmentation by = draw_augmentation(probability, pictures.size(0), pictures.size(2), options_.run.seed,
                                                  fmt::format("augment/{}/{}", name, call++), iteration);
        return discriminator_->forward(augmented(pictures, by));
    };
}

void RestorationStage::let_discriminator_learn(bool learns) {
    for (auto& parameter : discriminator_->parameters()) parameter.set_requires_grad(learns);
}

void RestorationStage::teach_discriminator(int64_t iteration, double factor, const at::Tensor& clean,
                                           const at::Tensor& restored, Values& values) {
    let_discriminator_learn(true);
    discriminator_step_loss(critic("discriminator", iteration), clean, restored, values).backward();
    Values of_step;
    clipped_step(*discriminator_adam_, 1e9, factor, of_step);
    if (iteration % options_.adversarial.penalty_every == 0) {
        penalty_loss(critic("penalty", iteration), clean, options_.adversarial, values).backward();
        clipped_step(*discriminator_adam_, 1e9, factor, of_step);
    }
    values["discriminator_gradient"] = of_step["gradient"];
    let_discriminator_learn(false);
    if (options_.augmentation.target <= 0) return;
    augmented_.learn(values["real_sign"], clean.size(0));
    values["augmented"] = augmented_.now();
}

Values RestorationStage::step(int64_t iteration, double factor, const Batch& batch) {
    Values values;
    const at::Tensor made = restored(learning_, batch.degraded, "training", iteration);
    const bool fools = discriminator_ && iteration >= options_.adversarial_from;
    if (discriminator_) let_discriminator_learn(false);
    const at::Tensor loss = restoration_loss(made, batch.clean, fools ? critic("generator", iteration) : Critic(),
                                             options_.adversarial.weight, options_.weights, judges_, values);
    learner_.step(loss, iteration, factor, values);
    if (discriminator_ && iteration >= options_.adversarial_from - options_.lead)
        teach_discriminator(iteration, factor, batch.clean, made.detach(), values);
    return values;
}

Values RestorationStage::validate(const std::vector<Batch>& batches) {
    PictureScores scores(judges_), input(judges_);
    for (size_t i = 0; i < batches.size(); i++) {
        scores.add(restored(averaged_, batches[i].degraded, "validation", static_cast<int64_t>(i)), batches[i].clean);
        input.add(batches[i].degraded, batches[i].clean, "input_");
    }
    return with_others(scores.means(), input.means());
}

at::Tensor RestorationStage::show(const Batch& batch) {
    const at::NoGradGuard no_grad;
    const at::Tensor prompt = prompt_of(batch.degraded, "validation", 0);
    const auto noise = prior_.noise(options_.run.seed, "validation", 0);
    return grid_of({batch.degraded, prior_.decoded(prompt, batch.clean.size(2), *noise),
                    restored(averaged_, batch.degraded, "validation", 0), batch.clean});
}

std::vector<std::string> RestorationStage::rows() const {
    return {"degraded faces", "the prompt, decoded", "restored", "clean faces"};
}

void RestorationStage::save(StateDict& to) const {
    LearningStage::save(to);
    if (!discriminator_) return;
    save_module(*discriminator_, "d.", to);
    discriminator_adam_->save("d_adam.", to);
    if (options_.augmentation.target > 0) augmented_.save("ada", to);
}

void RestorationStage::restore(const StateDict& from, const std::string& source) {
    LearningStage::restore(from, source);
    if (!discriminator_) return;
    restore_module(*discriminator_, "d.", from, source);
    discriminator_adam_->restore("d_adam.", from, source);
    if (options_.augmentation.target > 0) augmented_.restore("ada", from, source);
}

StageEntry restoration_entry() {
    const auto read = [](StageReader& reader, StageSetup& setup, const StageContext& context) -> MakeStage {
        setup.loop.iterations = 30'000;
        RestorationStageOptions options;
        options.run = context.run;
        const SystemSizes sizes = read_common(reader, setup, options.optimiser, options.weights);
        const std::vector<std::string> prompts = {"diffused", "degraded", "none"};
        std::string prompt = prompts[0], pretrained, diffuser;
        reader.choice("prompt", prompt, prompts, "codes that guide the net: the diffuser's, the degraded face's, none");
        options.prompt = static_cast<TrainingPrompt>(std::ranges::find(prompts, prompt) - prompts.begin());
        reader.integer("steps", options.steps, 1, 1000, "of the diffusion");
        reader.number("mixing", options.mixing, 0, 1, "probability that two noise codes share the layers");
        reader.flag("warm", options.warm, "the net's decoder begins with the generator's filters");
        constexpr int64_t kMost = 100'000'000;
        auto& adversarial = options.adversarial;
        reader.number("adversarial", adversarial.weight, 0, 1e6, "weight of the GAN; 0: there is no discriminator");
        reader.number("r1", adversarial.penalty, 0, 1e6, "R1's gamma");
        reader.integer("r1_every", adversarial.penalty_every, 1, 1'000'000, "iterations from one R1 step to the next");
        reader.integer("adversarial_from", options.adversarial_from, 0, kMost, "iteration from which the GAN counts");
        reader.integer("lead", options.lead, 0, kMost, "iterations by which the discriminator begins earlier");
        reader.number("discriminator_rate", options.discriminator_rate, 0, 10,
                      "its learning rate, which r1_every / (r1_every + 1) is taken of");
        auto& ada = options.augmentation;
        reader.number("ada", ada.target, 0, 1,
                      "mean sign of the discriminator's answers to real faces that augmentation aims at; 0: none");
        reader.number("ada_length", ada.length, 1, 1e12, "faces in which its probability goes from 0 to 1 at most");
        reader.text("pretrained", pretrained, kPretrainedSummary);
        reader.text("diffuser", diffuser,
                    "file of the diffuser instead of the stage's, as code_diffuser.pt; catalogue: that one");
        JudgeOptions judges;
        reader.judges(judges);
        reader.finish();
        if (ada.target > 0 && adversarial.weight <= 0)
            throw UsageError("stage restoration: ada augments what a discriminator sees: give adversarial=W too");
        RestorationFiles files{prior_file(context, pretrained), {}, {}};
        if (options.prompt != TrainingPrompt::kNone && pretrained.empty())
            files.encoder = trained_stage(context, kStyleEncoderStage);
        if (options.prompt == TrainingPrompt::kDiffused) {
            files.diffuser = diffuser.empty()          ? trained_stage(context, kCodeDiffuserStage)
                             : diffuser == "catalogue" ? context.find("code_diffuser.pt")
                                                       : std::filesystem::path(diffuser);
        }
        return [=, find = context.find](const BatchSource& training, bool) {
            check_pack(sizes.restoration.size, training);
            return std::make_unique<RestorationStage>(sizes, options, load_judges(judges, find, options.run.device),
                                                      files);
        };
    };
    // LonglongaaaGo/VSPBFR at e1f9987, restoration_train.py and README: Adam's settings are those for a lazy
    // regulariser each 4 steps (0.002 * 4/5, 0.99^(4/5)); the average's decay is 0.5^(32/10000)
    return {.name = kRestorationStage,
            .summary = "the restoration net, guided by the prompt; with adversarial=W against a discriminator",
            .full_512 =
                "iterations=500000,batch=4,warm_up=1,last_rate=1,size=512,width=512,base=512,multiplier=2,"
                "linear=0,blocks=4,mapping=8,residual=false,rate=0.0016,beta1=0,beta2=0.9919919678228657,"
                "clip=1000000000,average=0.9977843871238888,pixel=0,perceptual=0.5,identity=0.1,summed=true,"
                "steps=4,mixing=0.5,warm=false,adversarial=1,r1=10,r1_every=16,adversarial_from=0,lead=0,"
                "discriminator_rate=0.002,lpips=vgg,recogniser=resnet101,pretrained=catalogue",
            .instead = "",
            .read = read};
}

}  // namespace bfr::train

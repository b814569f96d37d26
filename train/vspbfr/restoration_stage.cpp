#include "train/vspbfr/restoration_stage.h"

#include <torch/torch.h>

#include <cmath>

#include "base/random.h"
#include "train/draws.h"
#include "train/grid.h"
#include "train/vspbfr/warm_start.h"

namespace bfr::train {

namespace {

const nets::RestorationNet& begun_as(nets::RestorationNet& net, const nets::StyleGan2& generator) {
    net.train();  // a dropout in final_linear
    begin_as_generator(net, generator);
    return net;
}

}  // namespace

RestorationStage::RestorationStage(const SystemSizes& sizes, const RestorationStageOptions& options, Judges judges,
                                   const RestorationFiles& files)
    : sizes_(sizes),
      options_(options),
      judges_(std::move(judges)),
      prior_(sizes, files.prior),
      schedule_(options.steps),
      learning_(sizes.restoration),
      averaged_(sizes.restoration),
      adam_(parameters_of(begun_as(learning_, *prior_.bank), "g."), {options.rate, options.beta1, options.beta2}) {
    if (options.prompt != TrainingPrompt::kNone) encoder_ = trained_encoder(sizes, files.encoder);
    if (options.prompt == TrainingPrompt::kDiffused) diffuser_ = trained_diffuser(sizes, files.diffuser);
    copy_module(learning_, averaged_);
    averaged_.eval();
    const auto& adversarial = options.adversarial;
    if (adversarial.weight > 0) {
        discriminator_.emplace(
            nets::DiscriminatorOptions{.size = sizes.restoration.size, .channels = sizes.restoration.channels});
        const double ratio = lazy_ratio(adversarial.penalty_every);
        discriminator_adam_.emplace(parameters_of(*discriminator_, "d."),
                                    AdamOptions{options.discriminator_rate * ratio, 0, std::pow(0.99, ratio)});
    }
}

at::Tensor RestorationStage::prompt_of(const at::Tensor& degraded, const std::string& name, int64_t draw) const {
    const at::NoGradGuard no_grad;
    if (options_.prompt == TrainingPrompt::kNone) {
        // the mean code, which stage 1 made zero
        return at::zeros({degraded.size(0), prior_.bank->codes(), sizes_.bank.style_width});
    }
    const at::Tensor codes = codes_of(*encoder_, *prior_.bank, degraded, prior_.encoder_side);
    if (options_.prompt == TrainingPrompt::kDegraded) return codes;
    return nets::sample_codes(*diffuser_, schedule_, normal_numbers(options_.seed, name + "/x_T", draw, codes.sizes()),
                              codes);
}

at::Tensor RestorationStage::restored(const nets::RestorationNet& net, const at::Tensor& degraded,
                                      const std::string& name, int64_t draw) const {
    at::Tensor codes;
    std::vector<at::Tensor> features;
    {
        const at::NoGradGuard no_grad;
        codes = prompt_of(degraded, name, draw);
        features = prior_.features(codes);
    }
    const int64_t width = sizes_.restoration.style_width, batch = degraded.size(0);
    const Draw choice(options_.seed, std::to_string(draw), "train/" + name + "/mixing");
    const auto mapped = [&](const std::string& which) {
        return net.map(normal_numbers(options_.seed, name + which, draw, {batch, width}))
            .unsqueeze(1)
            .expand({batch, net.codes(), width});
    };
    at::Tensor random = mapped("/z");
    if (choice.uniform(0) < options_.mixing) {
        const auto from = 1 + static_cast<int64_t>(choice.integer(1, static_cast<uint64_t>(net.codes() - 1)));
        random = at::cat({random.narrow(1, 0, from), mapped("/z2").narrow(1, from, net.codes() - from)}, 1);
    }
    return net.forward(degraded, std::move(features), codes, random, IterationNoise(options_.seed, draw)).image;
}

void RestorationStage::teach_discriminator(int64_t iteration, double factor, const at::Tensor& clean,
                                           const at::Tensor& restored, Values& values) {
    for (auto& parameter : discriminator_->parameters()) parameter.set_requires_grad(true);
    discriminator_step_loss(*discriminator_, clean, restored, values).backward();
    Values of_step;
    clipped_step(*discriminator_adam_, 1e9, factor, of_step);
    if (iteration % options_.adversarial.penalty_every == 0) {
        penalty_loss(*discriminator_, clean, options_.adversarial, values).backward();
        clipped_step(*discriminator_adam_, 1e9, factor, of_step);
    }
    values["discriminator_gradient"] = of_step["gradient"];
    for (auto& parameter : discriminator_->parameters()) parameter.set_requires_grad(false);
}

Values RestorationStage::step(int64_t iteration, double factor, const Batch& batch) {
    Values values;
    const at::Tensor made = restored(learning_, batch.degraded, "training", iteration);
    const bool fools = discriminator_ && iteration >= options_.adversarial_from;
    if (discriminator_) {
        for (auto& parameter : discriminator_->parameters()) parameter.set_requires_grad(false);
    }
    restoration_loss(made, batch.clean, fools ? &*discriminator_ : nullptr, options_.adversarial.weight,
                     options_.weights, judges_, values)
        .backward();
    if (clipped_step(adam_, options_.clip, factor, values))
        move_average(averaged_, learning_, average_decay(options_.average, iteration));
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
    return grid_of({batch.degraded, prior_.decoded(prompt_of(batch.degraded, "validation", 0)),
                    restored(averaged_, batch.degraded, "validation", 0), batch.clean});
}

void RestorationStage::save(StateDict& to) const {
    save_module(learning_, "g.", to);
    save_module(averaged_, "g_ema.", to);
    adam_.save("g_adam.", to);
    if (!discriminator_) return;
    save_module(*discriminator_, "d.", to);
    discriminator_adam_->save("d_adam.", to);
}

void RestorationStage::restore(const StateDict& from, const std::string& source) {
    restore_module(learning_, "g.", from, source);
    restore_module(averaged_, "g_ema.", from, source);
    adam_.restore("g_adam.", from, source);
    if (!discriminator_) return;
    restore_module(*discriminator_, "d.", from, source);
    discriminator_adam_->restore("d_adam.", from, source);
}

void RestorationStage::begin_from(const StateDict& result, const std::string& source) {
    restore_module(learning_, "g_ema.", result, source);
    restore_module(averaged_, "g_ema.", result, source);
}

StateDict RestorationStage::result(const BatchSource&) const {
    StateDict result;
    save_module(averaged_, "g_ema.", result);
    return result;
}

}  // namespace bfr::train

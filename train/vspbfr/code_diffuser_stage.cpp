#include "train/vspbfr/code_diffuser_stage.h"

#include <torch/torch.h>

#include <cmath>

#include "train/draws.h"
#include "train/grid.h"

namespace bfr::train {

CodeDiffuserStage::CodeDiffuserStage(const SystemSizes& sizes, const CodeDiffuserStageOptions& options, Judges judges,
                                     const std::filesystem::path& prior, const std::filesystem::path& encoder)
    : options_(options),
      judges_(std::move(judges)),
      prior_(sizes, prior),
      encoder_(trained_encoder(sizes, encoder)),
      schedule_(options.steps),
      learning_(sizes.diffuser),
      averaged_(sizes.diffuser),
      adam_(parameters_of(learning_, "diffuser."), {options.rate, options.beta1, options.beta2}) {
    copy_module(learning_, averaged_);
}

at::Tensor CodeDiffuserStage::condition_of(const at::Tensor& degraded) const {
    const at::NoGradGuard no_grad;
    return codes_of(*encoder_, *prior_.bank, degraded, prior_.encoder_side);
}

at::Tensor CodeDiffuserStage::diffused(const nets::CodeDiffuser& net, const at::Tensor& condition,
                                       const std::string& name, int64_t draw, bool begun) const {
    at::Tensor x = normal_numbers(options_.seed, name, draw, condition.sizes());
    if (begun) {
        const double kept = schedule_.alpha_bar.back();
        x = std::sqrt(kept) * condition + std::sqrt(1 - kept) * x;
    }
    return nets::sample_codes(net, schedule_, x, condition);
}

Values CodeDiffuserStage::step(int64_t iteration, double factor, const Batch& batch) {
    at::Tensor target;
    {
        const at::NoGradGuard no_grad;
        target = prior_.codes(batch.clean);
    }
    const at::Tensor found = diffused(learning_, condition_of(batch.degraded), "x_T", iteration, true);
    Values values;
    const at::Tensor distance = (found - target).abs().mean();
    values["codes"] = distance.item<double>();
    at::Tensor loss = options_.codes * distance;
    const auto& weights = options_.weights;
    if (weights.pixel > 0 || weights.perceptual > 0 || weights.identity > 0)
        loss = loss + picture_loss(prior_.decoded(found), batch.clean, weights, judges_, values);
    loss.backward();
    values["loss"] = loss.item<double>();
    if (clipped_step(adam_, options_.clip, factor, values))
        move_average(averaged_, learning_, average_decay(options_.average, iteration));
    return values;
}

Values CodeDiffuserStage::validate(const std::vector<Batch>& batches) {
    PictureScores scores(judges_), before(judges_);
    double distance = 0, of_condition = 0, n = 0;
    for (size_t i = 0; i < batches.size(); i++) {
        const at::Tensor condition = condition_of(batches[i].degraded), target = prior_.codes(batches[i].clean);
        const at::Tensor found = diffused(averaged_, condition, "validation", static_cast<int64_t>(i), false);
        distance += (found - target).abs().sum().item<double>();
        of_condition += (condition - target).abs().sum().item<double>();
        n += static_cast<double>(target.numel());
        scores.add(prior_.decoded(found), batches[i].clean);
        before.add(prior_.decoded(condition), batches[i].clean, "condition_");
    }
    Values values = with_others(scores.means(), before.means());
    values["codes"] = distance / n;
    values["codes_of_condition"] = of_condition / n;
    return values;
}

at::Tensor CodeDiffuserStage::show(const Batch& batch) {
    const at::NoGradGuard no_grad;
    const at::Tensor condition = condition_of(batch.degraded);
    return grid_of({batch.degraded, prior_.decoded(condition),
                    prior_.decoded(diffused(averaged_, condition, "validation", 0, false)),
                    prior_.decoded(prior_.codes(batch.clean)), batch.clean});
}

void CodeDiffuserStage::save(StateDict& to) const {
    save_module(learning_, "diffuser.", to);
    save_module(averaged_, "average.", to);
    adam_.save("adam.", to);
}

void CodeDiffuserStage::restore(const StateDict& from, const std::string& source) {
    restore_module(learning_, "diffuser.", from, source);
    restore_module(averaged_, "average.", from, source);
    adam_.restore("adam.", from, source);
}

void CodeDiffuserStage::begin_from(const StateDict& result, const std::string& source) {
    restore_module(learning_, "diffuser.", result, source);
    restore_module(averaged_, "diffuser.", result, source);
}

StateDict CodeDiffuserStage::result(const BatchSource&) const {
    StateDict result;
    save_module(averaged_, "diffuser.", result);
    return result;
}

}  // namespace bfr::train

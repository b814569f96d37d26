#include "train/unet_stage.h"

#include <torch/torch.h>

#include "train/grid.h"
#include "train/modules.h"

namespace bfr::train {

UNetStage::UNetStage(const nets::UNetOptions& sizes, const UNetStageOptions& options, Judges judges)
    : options_(options),
      judges_(std::move(judges)),
      learning_(sizes),
      averaged_(sizes),
      adam_(parameters_of(learning_, "unet."), {options.rate, options.beta1, options.beta2}) {
    copy_module(learning_, averaged_);
}

Values UNetStage::step(int64_t iteration, double factor, const Batch& batch) {
    Values values;
    const at::Tensor loss =
        picture_loss(learning_.forward(batch.degraded), batch.clean, options_.weights, judges_, values);
    loss.backward();
    values["loss"] = loss.item<double>();
    if (clipped_step(adam_, options_.clip, factor, values))
        move_average(averaged_, learning_, average_decay(options_.average, iteration));
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

void UNetStage::save(StateDict& to) const {
    save_module(learning_, "unet.", to);
    save_module(averaged_, "average.", to);
    adam_.save("adam.", to);
}

void UNetStage::restore(const StateDict& from, const std::string& source) {
    restore_module(learning_, "unet.", from, source);
    restore_module(averaged_, "average.", from, source);
    adam_.restore("adam.", from, source);
}

void UNetStage::begin_from(const StateDict& result, const std::string& source) {
    restore_module(learning_, "unet.", result, source);
    restore_module(averaged_, "unet.", result, source);
}

StateDict UNetStage::result(const BatchSource&) const {
    StateDict result;
    save_module(averaged_, "unet.", result);
    return result;
}

}  // namespace bfr::train

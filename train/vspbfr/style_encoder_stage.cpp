#include "train/vspbfr/style_encoder_stage.h"

#include <torch/torch.h>

#include "train/grid.h"

namespace bfr::train {

namespace {

nets::CompactStyleEncoder& begun_as(nets::CompactStyleEncoder& net, const nets::CompactStyleEncoder& from) {
    copy_module(from, net);
    for (auto& parameter : net.parameters()) parameter.set_requires_grad(true);
    return net;
}

}  // namespace

StyleEncoderStage::StyleEncoderStage(const SystemSizes& sizes, const StyleEncoderStageOptions& options, Judges judges,
                                     const std::filesystem::path& prior)
    : options_(options),
      judges_(std::move(judges)),
      prior_(sizes, prior),
      learning_(sizes.encoder),
      averaged_(sizes.encoder),
      adam_(parameters_of(begun_as(learning_, *prior_.encoder), "encoder."),
            {options.rate, options.beta1, options.beta2}) {
    copy_module(learning_, averaged_);
}

at::Tensor StyleEncoderStage::codes(const nets::CompactStyleEncoder& encoder, const at::Tensor& degraded) const {
    return codes_of(encoder, *prior_.bank, degraded, prior_.encoder_side);
}

Values StyleEncoderStage::step(int64_t iteration, double factor, const Batch& batch) {
    at::Tensor target;
    {
        const at::NoGradGuard no_grad;
        target = prior_.codes(batch.clean);
    }
    const at::Tensor found = codes(learning_, batch.degraded);
    Values values;
    const at::Tensor distance = (found - target).abs().mean();
    values["codes"] = distance.item<double>();
    const at::Tensor loss =
        options_.codes * distance + picture_loss(prior_.decoded(found), batch.clean, options_.weights, judges_, values);
    loss.backward();
    values["loss"] = loss.item<double>();
    if (clipped_step(adam_, options_.clip, factor, values))
        move_average(averaged_, learning_, average_decay(options_.average, iteration));
    return values;
}

Values StyleEncoderStage::validate(const std::vector<Batch>& batches) {
    PictureScores scores(judges_);
    double distance = 0, of_clean_encoder = 0, n = 0;
    for (const auto& batch : batches) {
        const at::Tensor target = prior_.codes(batch.clean), found = codes(averaged_, batch.degraded);
        distance += (found - target).abs().sum().item<double>();
        of_clean_encoder += (prior_.codes(batch.degraded) - target).abs().sum().item<double>();
        n += static_cast<double>(target.numel());
        scores.add(prior_.decoded(found), batch.clean);
    }
    Values values = scores.means();
    values["codes"] = distance / n;
    values["codes_of_clean_encoder"] = of_clean_encoder / n;
    return values;
}

at::Tensor StyleEncoderStage::show(const Batch& batch) {
    const at::NoGradGuard no_grad;
    return grid_of({batch.degraded, prior_.decoded(codes(averaged_, batch.degraded)),
                    prior_.decoded(prior_.codes(batch.clean)), batch.clean});
}

void StyleEncoderStage::save(StateDict& to) const {
    save_module(learning_, "encoder.", to);
    save_module(averaged_, "average.", to);
    adam_.save("adam.", to);
}

void StyleEncoderStage::restore(const StateDict& from, const std::string& source) {
    restore_module(learning_, "encoder.", from, source);
    restore_module(averaged_, "average.", from, source);
    adam_.restore("adam.", from, source);
}

void StyleEncoderStage::begin_from(const StateDict& result, const std::string& source) {
    restore_module(learning_, "encoder.", result, source);
    restore_module(averaged_, "encoder.", result, source);
}

StateDict StyleEncoderStage::result(const BatchSource&) const {
    StateDict result;
    save_module(averaged_, "encoder.", result);
    return result;
}

}  // namespace bfr::train

#include "train/vspbfr/prior.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "train/grid.h"
#include "train/principal_components.h"
#include "train/vspbfr/whiten.h"

namespace bfr::train {

namespace {

constexpr double kScoreDeviation = 0.3;  // of a score as it enters the codes, as of what the encoder adds to it
constexpr int64_t kWhiteningFaces = 1024;

std::vector<NamedParameter> learnt(const nets::CompactStyleEncoder& encoder, const nets::StyleGan2& bank) {
    auto parameters = parameters_of(encoder, "encoder.");
    for (auto& one : parameters_of(bank, "decoder.")) {
        // the mapping of random codes takes no part
        if (!one.name.starts_with("decoder.style.")) parameters.push_back(std::move(one));
    }
    return parameters;
}

at::Tensor of_side(const at::Tensor& picture, int64_t side) {
    const int64_t step = picture.size(2) / side;
    return step == 1 ? picture : at::avg_pool2d(picture, {step, step});
}

}  // namespace

PriorStage::PriorStage(const SystemSizes& sizes, const PriorOptions& options, Judges judges)
    : sizes_(sizes),
      options_(options),
      judges_(std::move(judges)),
      learning_(sizes),
      averaged_(sizes),
      adam_(learnt(learning_.encoder, learning_.bank), {options.rate, options.beta1, options.beta2}) {
    copy_module(learning_.encoder, averaged_.encoder);
    copy_module(learning_.bank, averaged_.bank);
}

void PriorStage::fit_linear_path(const BatchSource& training, int64_t pictures) {
    const at::NoGradGuard no_grad;
    const auto* linear = learning_.bank.linear();
    if (!linear) return;
    constexpr int64_t kAtOnce = 64;
    const int64_t count = std::min(pictures, training.size());
    int64_t first = 0;
    const auto next = [&]() -> at::Tensor {
        if (first >= count) return {};
        const at::Tensor small =
            of_side(training.clean(first, std::min(kAtOnce, count - first)), nets::LinearPath::kSide);
        first += kAtOnce;
        return at::cat({small, small.flip(3)}).flatten(1);
    };
    const PrincipalComponents found = principal_components(next, linear->numbers());
    const at::Tensor used = found.deviation > 0;
    for (Pair* pair : {&learning_, &averaged_}) {
        auto& to = *pair->bank.linear();
        to.mean.copy_(found.mean.view(to.mean.sizes()));
        to.basis.copy_(found.basis);
        to.encode.detach().copy_(at::where(used, kScoreDeviation / found.deviation, at::zeros_like(found.deviation)));
        to.decode.detach().copy_(found.deviation / kScoreDeviation);
    }
}

at::Tensor PriorStage::decoded(const Pair& pair, const at::Tensor& clean, int64_t side) const {
    return pair.bank.picture(codes_of(pair.encoder, pair.bank, clean, sizes_.encoder.input), nets::NoNoise(), side);
}

Values PriorStage::step(int64_t iteration, double factor, const Batch& batch) {
    const int64_t full = sizes_.bank.size;
    const int64_t side = iteration < options_.until_32   ? std::min<int64_t>(full, 32)
                         : iteration < options_.until_64 ? std::min<int64_t>(full, 64)
                                                         : full;
    const at::Tensor clean = of_side(batch.clean, side);
    const at::Tensor made = decoded(learning_, batch.clean, side);
    Values values;
    const at::Tensor loss = picture_loss(made, clean, options_.weights, judges_, values);
    loss.backward();
    values["loss"] = loss.item<double>();
    if (!clipped_step(adam_, options_.clip, factor, values)) return values;
    const double decay = average_decay(options_.average, iteration);
    move_average(averaged_.encoder, learning_.encoder, decay);
    move_average(averaged_.bank, learning_.bank, decay);
    return values;
}

Values PriorStage::validate(const std::vector<Batch>& batches) {
    PictureScores scores(judges_);
    for (const auto& batch : batches) scores.add(decoded(averaged_, batch.clean, sizes_.bank.size), batch.clean);
    return scores.means();
}

at::Tensor PriorStage::show(const Batch& batch) {
    const at::NoGradGuard no_grad;
    return grid_of({batch.clean, decoded(averaged_, batch.clean, sizes_.bank.size)});
}

void PriorStage::save(StateDict& to) const {
    save_module(learning_.encoder, "encoder.", to);
    save_module(learning_.bank, "decoder.", to);
    save_module(averaged_.encoder, "average.encoder.", to);
    save_module(averaged_.bank, "average.decoder.", to);
    adam_.save("adam.", to);
}

void PriorStage::restore(const StateDict& from, const std::string& source) {
    restore_module(learning_.encoder, "encoder.", from, source);
    restore_module(learning_.bank, "decoder.", from, source);
    restore_module(averaged_.encoder, "average.encoder.", from, source);
    restore_module(averaged_.bank, "average.decoder.", from, source);
    adam_.restore("adam.", from, source);
}

void PriorStage::begin_from(const StateDict& result, const std::string& source) {
    for (Pair* pair : {&learning_, &averaged_}) {
        restore_module(pair->encoder, "encoder.", result, source);
        restore_module(pair->bank, "decoder.", result, source);
    }
}

StateDict PriorStage::result(const BatchSource& training) const {
    const at::NoGradGuard no_grad;
    constexpr int64_t kAtOnce = 32;
    std::vector<at::Tensor> codes;
    for (int64_t first = 0; first < std::min(kWhiteningFaces, training.size()); first += kAtOnce) {
        codes.push_back(
            codes_of(averaged_.encoder, averaged_.bank, training.clean(first, kAtOnce), sizes_.encoder.input));
    }
    StateDict encoder, decoder, result;
    save_module(averaged_.encoder, "", encoder);
    save_module(averaged_.bank, "", decoder);
    whiten_codes(at::cat(codes), sizes_.bank, encoder, decoder);
    for (const auto& [name, tensor] : encoder) result["encoder." + name] = tensor;
    for (const auto& [name, tensor] : decoder) result["decoder." + name] = tensor;
    return result;
}

}  // namespace bfr::train

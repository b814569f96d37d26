#include "train/vspbfr/restoration_losses.h"

#include <ATen/ATen.h>

#include "train/losses/adversarial.h"

namespace bfr::train {

at::Tensor restoration_loss(const at::Tensor& restored, const at::Tensor& clean,
                            const nets::Discriminator* discriminator, double adversarial, const PictureWeights& weights,
                            const Judges& judges, Values& values) {
    at::Tensor loss = picture_loss(restored, clean, weights, judges, values);
    if (discriminator && adversarial > 0) {
        const at::Tensor fooled = generator_loss(discriminator->forward(restored));
        values["adversarial"] = fooled.item<double>();
        loss = loss + adversarial * fooled;
    }
    values["loss"] = loss.item<double>();
    return loss;
}

at::Tensor discriminator_step_loss(const nets::Discriminator& discriminator, const at::Tensor& clean,
                                   const at::Tensor& restored, Values& values) {
    const at::Tensor loss = discriminator_loss(discriminator.forward(clean), discriminator.forward(restored.detach()));
    values["discriminator"] = loss.item<double>();
    return loss;
}

at::Tensor penalty_loss(const nets::Discriminator& discriminator, const at::Tensor& clean,
                        const AdversarialOptions& options, Values& values) {
    const at::Tensor penalty = gradient_penalty(discriminator, clean);
    values["penalty"] = penalty.item<double>();
    return options.penalty / 2 * static_cast<double>(options.penalty_every) * penalty;
}

double lazy_ratio(int64_t every) { return static_cast<double>(every) / static_cast<double>(every + 1); }

}  // namespace bfr::train

#include "train/vspbfr/restoration_losses.h"

#include <ATen/ATen.h>

#include "nets/conv.h"

namespace bfr::train {

at::Tensor restoration_loss(const at::Tensor& restored, const at::Tensor& clean, const Critic& critic,
                            double adversarial, const PictureWeights& weights, const Judges& judges, Values& values) {
    at::Tensor loss = picture_loss(restored, clean, weights, judges, values);
    if (critic && adversarial > 0) {
        const at::Tensor fooled = generator_loss(critic(restored));
        values["adversarial"] = fooled.item<double>();
        loss = loss + adversarial * fooled;
    }
    values["loss"] = loss.item<double>();
    return loss;
}

at::Tensor discriminator_step_loss(const Critic& critic, const at::Tensor& clean, const at::Tensor& restored,
                                   Values& values) {
    const at::Tensor of_real = critic(clean);
    const at::Tensor loss = discriminator_loss(of_real, critic(restored.detach()));
    values["discriminator"] = loss.item<double>();
    values["real_sign"] = of_real.detach().sign().mean().item<double>();
    return loss;
}

at::Tensor penalty_loss(const Critic& critic, const at::Tensor& clean, const AdversarialOptions& options,
                        Values& values) {
    const nets::ConvType whole(at::kFloat);  // it is a derivative's derivative
    const at::Tensor penalty = gradient_penalty(critic, clean);
    values["penalty"] = penalty.item<double>();
    return options.penalty / 2 * static_cast<double>(options.penalty_every) * penalty;
}

double lazy_ratio(int64_t every) { return static_cast<double>(every) / static_cast<double>(every + 1); }

}  // namespace bfr::train

// One step of the restoration net's training in parts, free of any loop: what the goldens of the authors' step check.
#pragma once

#include "train/losses/adversarial.h"
#include "train/losses/picture_loss.h"

namespace bfr::train {

struct AdversarialOptions {
    double weight = 0;           // of the generator's loss; 0: there is no discriminator
    double penalty = 10;         // R1's gamma
    int64_t penalty_every = 16;  // steps
};

// Adversarial + picture losses of restored faces. Without a critic there is no adversarial one.
at::Tensor restoration_loss(const at::Tensor& restored, const at::Tensor& clean, const Critic& critic,
                            double adversarial, const PictureWeights& weights, const Judges& judges, Values& values);

// The discriminator's logistic loss; `restored` without its history. `values` gets "real_sign" too, the mean sign of
// what is said of clean pictures: 1 where it knows them by heart.
at::Tensor discriminator_step_loss(const Critic& critic, const at::Tensor& clean, const at::Tensor& restored,
                                   Values& values);

// R1 as a lazy regulariser weighs it: gamma / 2 times how rarely it is done.
at::Tensor penalty_loss(const Critic& critic, const at::Tensor& clean, const AdversarialOptions& options,
                        Values& values);

// Adam's options where a lazy regulariser takes one step more each `every`: StyleGAN2's ratio every / (every + 1).
double lazy_ratio(int64_t every);

}  // namespace bfr::train

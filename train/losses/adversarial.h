// The non-saturating logistic GAN (Goodfellow et al. 2014; Mescheder et al., arXiv 1801.04406; StyleGAN2).
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

namespace bfr::train {

// What a discriminator says of pictures: (B, 3, H, W) -> (B, 1), positive for real ones. It may augment them first.
using Critic = std::function<at::Tensor(const at::Tensor& pictures)>;

at::Tensor generator_loss(const at::Tensor& of_restored);
at::Tensor discriminator_loss(const at::Tensor& of_real, const at::Tensor& of_restored);

// R1: the squared length of the gradient of the critic's answer by a real picture, mean over the batch. Its own
// gradient goes to the discriminator's weights.
at::Tensor gradient_penalty(const Critic& critic, const at::Tensor& real);

}  // namespace bfr::train

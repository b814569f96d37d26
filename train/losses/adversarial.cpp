#include "train/losses/adversarial.h"

#include <torch/torch.h>

namespace bfr::train {

at::Tensor generator_loss(const at::Tensor& of_restored) { return at::softplus(-of_restored).mean(); }

at::Tensor discriminator_loss(const at::Tensor& of_real, const at::Tensor& of_restored) {
    return at::softplus(-of_real).mean() + at::softplus(of_restored).mean();
}

at::Tensor gradient_penalty(const Critic& critic, const at::Tensor& real) {
    const at::Tensor pictures = real.detach().requires_grad_(true);
    const auto gradients = torch::autograd::grad({critic(pictures).sum()}, {pictures}, {},
                                                 /*retain_graph=*/true, /*create_graph=*/true);
    return gradients[0].square().sum({1, 2, 3}).mean();
}

}  // namespace bfr::train

#include "train/losses/perceptual.h"

#include <torch/torch.h>

#include "nets/conv.h"
#include "train/modules.h"

namespace bfr::train {

namespace {

// The tools add 1e-10 to the root; under it, 1e-20 keeps the gradient of a pixel whose features are all zero finite.
at::Tensor unit_length(const at::Tensor& features) {
    return features / (at::sqrt(features.square().sum(1, true) + 1e-20) + 1e-10);
}

}  // namespace

PerceptualLoss::PerceptualLoss(nets::TrunkNet net, const Checkpoint& trunk, const Checkpoint& heads)
    : PerceptualLoss(net, nets::trunk_tensors(trunk), nets::lpips_head_tensors(heads),
                     trunk.name() + ", " + heads.name()) {}

PerceptualLoss::PerceptualLoss(nets::TrunkNet net, const StateDict& trunk, const StateDict& heads,
                               const std::string& source)
    : trunk_(net), heads_(trunk_.channels()) {
    load_strictly(trunk_, trunk, source);
    load_strictly(heads_, heads, source);
    freeze(trunk_);
    freeze(heads_);
    // not lpips_scaling(), whose quotients are float32
    shift_ = at::tensor({-.030F, -.088F, -.188F}).view({1, 3, 1, 1});
    scale_ = at::tensor({.458F, .448F, .450F}).view({1, 3, 1, 1});
}

at::Tensor PerceptualLoss::operator()(const at::Tensor& picture, const at::Tensor& reference) const {
    const nets::ConvType whole(at::kFloat);
    const auto features_of = [&](const at::Tensor& x) { return trunk_.features((x - shift_) / scale_, {}); };
    std::vector<at::Tensor> target;
    {
        const at::NoGradGuard no_grad;
        target = features_of(reference);
    }
    const auto features = features_of(picture);
    at::Tensor sum;
    for (size_t i = 0; i < features.size(); i++) {
        const at::Tensor difference = (unit_length(features[i]) - unit_length(target[i])).square();
        const at::Tensor share = (difference * heads_.weights[i]).sum(1).mean({1, 2});
        sum = sum.defined() ? sum + share : share;
    }
    return sum;
}

void PerceptualLoss::to(at::Device device, at::ScalarType type) {
    trunk_.to(device, type);
    heads_.to(device, type);
    shift_ = shift_.to(device, type);
    scale_ = scale_.to(device, type);
}

}  // namespace bfr::train

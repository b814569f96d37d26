// LPIPS as a loss (Zhang et al., CVPR 2018, version 0.1): differentiable in its first picture.
#pragma once

#include <memory>
#include <string>

#include "nets/feature_trunk.h"
#include "nets/lpips.h"

namespace bfr::train {

class PerceptualLoss {
  public:
    // Files as the metric lpips takes them: the classifier's (or its convolutions alone) and the heads'.
    PerceptualLoss(nets::TrunkNet net, const Checkpoint& trunk, const Checkpoint& heads);
    // Tensors as FeatureTrunk and LpipsHeads name them.
    PerceptualLoss(nets::TrunkNet net, const StateDict& trunk, const StateDict& heads, const std::string& source);

    // pictures: (B, 3, H, W) RGB in [-1, 1] -> (B). No gradient goes to `reference`.
    at::Tensor operator()(const at::Tensor& picture, const at::Tensor& reference) const;

    void to(at::Device device, at::ScalarType type);

  private:
    nets::FeatureTrunk trunk_;
    nets::LpipsHeads heads_;
    at::Tensor shift_, scale_;  // of a picture before the trunk
};

}  // namespace bfr::train

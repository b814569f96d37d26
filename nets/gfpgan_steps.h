// What GFP-GAN's U-Net is built of, in each of its two architectures (gfpgan.h).
#pragma once

#include <functional>
#include <string>

#include "nets/gfpgan.h"

namespace bfr::nets {

using GfpganStep = std::function<Tensor(const Tensor&)>;

// Each adds its modules to `owner` under the published names and returns what they compute: (B, in, H, W) ->
// (B, out, H', W').
struct GfpganSteps {
    // A convolution of stride 1 and its activation.
    GfpganStep (*conv)(torch::nn::Module& owner, const std::string& name, int64_t in, int64_t out, int64_t kernel);
    // A residual block that doubles (`up`) or halves the sides.
    GfpganStep (*residual)(torch::nn::Module& owner, const std::string& name, int64_t in, int64_t out, bool up);
    // What SFT scales or moves by; `last_bias`: what the last bias is before training, where the authors set it.
    GfpganStep (*condition)(torch::nn::Module& owner, const std::string& name, int64_t channels, double last_bias);
    GfpganStep (*to_rgb)(torch::nn::Module& owner, const std::string& name, int64_t in);
};

const GfpganSteps& gfpgan_steps(GfpganKind kind);

}  // namespace bfr::nets

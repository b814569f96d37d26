// How far a face recognition network finds two faces apart, as a loss: |1 - cosine| of their embeddings.
#pragma once

#include <memory>
#include <string>

#include "weights/state_dict/state_dict.h"

namespace bfr::train {

class IdentityNetwork {
  public:
    virtual ~IdentityNetwork() = default;
    // pictures: (B, 3, H, W) RGB in [-1, 1] -> (B, numbers) of length one, differentiable.
    virtual at::Tensor embed(const at::Tensor& pictures) const = 0;
    virtual void to(at::Device device, at::ScalarType type) = 0;
};

// foamliu's MobileFaceNet on FFHQ-aligned faces: the inner three quarters of the picture (rows and columns from one
// eighth to seven eighths), bilinear at 112x112. Its five points then lie about where its training had them.
std::unique_ptr<IdentityNetwork> mobile_face_net(const StateDict& tensors, const std::string& source);

// VSPBFR's own: torchvision's ResNet-101 with 256 outputs on the whole picture, bilinear at 112x112, not aligned
// (LonglongaaaGo/VSPBFR at e1f9987, Loss/id_loss.py; Arcface.pth).
std::unique_ptr<IdentityNetwork> arcface_resnet101(const StateDict& tensors, const std::string& source);

// Mean over the batch. No gradient goes to `reference`.
at::Tensor identity_loss(const IdentityNetwork& network, const at::Tensor& pictures, const at::Tensor& reference);

}  // namespace bfr::train

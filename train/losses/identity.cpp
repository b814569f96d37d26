#include "train/losses/identity.h"

#include <torch/torch.h>

#include <array>

#include "nets/conv.h"
#include "nets/mobilefacenet.h"
#include "nets/resnet101.h"
#include "train/modules.h"

namespace bfr::train {

namespace {

constexpr std::array<int64_t, 2> kChip = {112, 112};

at::Tensor at_chip_size(const at::Tensor& pictures) {
    return at::upsample_bilinear2d(pictures, at::IntArrayRef(kChip), false);
}

// torch.nn.functional.normalize
at::Tensor unit_length(const at::Tensor& rows) {
    return rows / rows.norm(2, at::IntArrayRef{1}, true).clamp_min(1e-12);
}

class MobileFace final : public IdentityNetwork {
  public:
    MobileFace(const StateDict& tensors, const std::string& source) {
        load_strictly(net_, tensors, source);
        freeze(net_);
    }
    at::Tensor embed(const at::Tensor& pictures) const override {
        const int64_t edge = pictures.size(2) / 8, inner = pictures.size(2) - 2 * edge;
        const at::Tensor face = at_chip_size(pictures.narrow(2, edge, inner).narrow(3, edge, inner));
        return unit_length(net_.forward(((face + 1) / 2 - mean_) / deviation_));
    }
    void to(at::Device device, at::ScalarType type) override {
        net_.to(device, type);
        mean_ = mean_.to(device, type);
        deviation_ = deviation_.to(device, type);
    }

  private:
    nets::MobileFaceNet net_;
    at::Tensor mean_ = at::tensor({.485F, .456F, .406F}).view({1, 3, 1, 1});
    at::Tensor deviation_ = at::tensor({.229F, .224F, .225F}).view({1, 3, 1, 1});
};

class ResNet final : public IdentityNetwork {
  public:
    ResNet(const StateDict& tensors, const std::string& source) {
        load_strictly(net_, tensors, source);
        freeze(net_);
    }
    at::Tensor embed(const at::Tensor& pictures) const override {
        return unit_length(net_.forward(at_chip_size(pictures)));
    }
    void to(at::Device device, at::ScalarType type) override { net_.to(device, type); }

  private:
    nets::ResNet101 net_{256};
};

}  // namespace

std::unique_ptr<IdentityNetwork> mobile_face_net(const StateDict& tensors, const std::string& source) {
    return std::make_unique<MobileFace>(tensors, source);
}

std::unique_ptr<IdentityNetwork> arcface_resnet101(const StateDict& tensors, const std::string& source) {
    return std::make_unique<ResNet>(tensors, source);
}

at::Tensor identity_loss(const IdentityNetwork& network, const at::Tensor& pictures, const at::Tensor& reference) {
    const nets::ConvType whole(at::kFloat);
    at::Tensor target;
    {
        const at::NoGradGuard no_grad;
        target = network.embed(reference);
    }
    return (1 - (network.embed(pictures) * target).sum(1)).abs().mean();
}

}  // namespace bfr::train

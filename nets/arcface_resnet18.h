// ResNet-18 of ArcFace on gray pictures: identity in VQFR's and RestoreFormer's papers. Source: TencentARC/VQFR at
// 239c77a, vqfr/archs/arcface_arch.py (ResNetArcFace, IRBlock, [2, 2, 2, 2], no squeeze and excitation), after
// ronghuaiyang/arcface-pytorch, resnet_face18. Deng et al., arXiv 1801.07698.
#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <vector>

#include "nets/embedding.h"

namespace bfr::nets {

struct ArcFaceResNet18 : torch::nn::Module {
    static constexpr int64_t kSide = 128;

    ArcFaceResNet18();
    ~ArcFaceResNet18() override;
    // x: (B, 1, 128, 128). The last map, (B, 512, 8, 8).
    Tensor features(const Tensor& x) const;
    // (B, 512), not normalised.
    Tensor forward(const Tensor& x) const;

  private:
    struct Block;
    std::shared_ptr<NormedConv> conv1_;
    std::shared_ptr<torch::nn::Module> prelu_;
    std::vector<std::shared_ptr<Block>> blocks_;
    std::shared_ptr<Embedding> fc5_;
};

}  // namespace bfr::nets

// Stacked hourglasses that mark points of a face by heat maps (Bulat and Tzimiropoulos, arXiv 1703.07332), in the form
// of face_alignment (68 points) and of Adaptive Wing (Wang et al., arXiv 1904.07399: 98 points and the face's boundary,
// coordinates as further channels). Sources: 1adrianb/face-alignment at 608505f, face_alignment/models/fan.py;
// TencentARC/VQFR at 239c77a, vqfr/archs/awing_arch.py (FAN, end_relu off).
#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <vector>

#include "nets/normed_conv.h"

namespace bfr::nets {

struct FaceAlignmentOptions {
    int64_t landmarks = 68;
    bool boundary = false;  // one more map, the face's boundary, and coordinate channels: Adaptive Wing
    int64_t stacks = 4;
};

struct FaceAlignmentNet : torch::nn::Module {
    static constexpr int64_t kSide = 256, kMapSide = 64;

    explicit FaceAlignmentNet(const FaceAlignmentOptions& options);
    ~FaceAlignmentNet() override;
    // x: (B, 3, 256, 256) RGB in [0, 1] -> for each stack (B, landmarks [+ 1, the boundary, at the end], 64, 64).
    std::vector<Tensor> forward(const Tensor& x) const;

  private:
    struct Stem;
    struct Block;
    struct HourGlass;
    struct Stack;
    FaceAlignmentOptions options_;
    std::shared_ptr<Stem> stem_;
    std::shared_ptr<Block> conv2_, conv3_, conv4_;
    std::vector<std::shared_ptr<Stack>> stacks_;
};

}  // namespace bfr::nets

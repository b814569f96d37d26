// LPIPS (Zhang, Isola, Efros, Shechtman and Wang, "The Unreasonable Effectiveness of Deep Features as a Perceptual
// Metric", CVPR 2018; richzhang/PerceptualSimilarity lpips/lpips.py at 082bb24f).
#pragma once

#include "nets/feature_trunk.h"

namespace bfr::nets {

// The heads: a weight for each channel of each of the trunk's features.
struct LpipsHeads : torch::nn::Module {
    explicit LpipsHeads(const std::vector<int64_t>& channels);
    std::vector<Tensor> weights;  // linK.model.1.weight, (1, C, 1, 1)
};

// The published files' names; a saved LPIPS has them beside its trunk.
StateDict lpips_head_tensors(const Checkpoint& checkpoint);

// What version 0.1 does with a picture in [-1, 1] before the trunk; version 0.0 does nothing.
InputScale lpips_scaling();

// Each feature's share of the distance, (B, features) in double; the distance is their sum in that order. a, b: what
// FeatureTrunk::features() gives for pictures of one size, float32 on the CPU. Exactly 0 for equal pictures, the same
// bits for swapped ones.
Tensor lpips_shares(const std::vector<Tensor>& a, const std::vector<Tensor>& b, const LpipsHeads& heads);

}  // namespace bfr::nets

// DISTS (Ding, Ma, Wang and Simoncelli, "Image Quality Assessment: Unifying Structure and Texture Similarity", TPAMI
// 2022; dingkeyan93/DISTS DISTS_pytorch/DISTS_pt.py at 1267d8cb).
#pragma once

#include "nets/feature_trunk.h"

namespace bfr::nets {

// alpha and beta: the weights of the texture and structure terms, (1, 1475, 1, 1): the picture's own three channels and
// VGG-16's.
struct DistsWeights : torch::nn::Module {
    DistsWeights();
    Tensor alpha, beta;
};

// ImageNet's mean and deviation, of a picture in [0, 1].
InputScale imagenet_normalisation();

// The picture itself, then VGG-16's features with Pooling::kL2. picture: (B, 3, H, W), RGB in [0, 1].
std::vector<Tensor> dists_features(const FeatureTrunk& trunk, const Tensor& picture);

// Each feature's weighted sums, (B, features) in double.
struct DistsTerms {
    Tensor texture, structure;  // of the similarities: 1 less all of them is the score
    Tensor distance;            // (B): the score, as the weighted sum of 1 - similarity: exactly 0 for equal pictures
};
// a, b: dists_features() of pictures of one size, float32 on the CPU.
DistsTerms dists_terms(const std::vector<Tensor>& a, const std::vector<Tensor>& b, const DistsWeights& weights);

}  // namespace bfr::nets

// The 7-class face expression network of npm @vladmandic/face-api 1.7.15 (MIT; src/faceExpressionNet,
// src/faceFeatureExtractor), with its own preprocessing: a padded square, 112x112 by TensorFlow's bilinear, mean
// colour, / 255.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "weights/formats/tensor_entry.h"

namespace bfr {

// A depthwise 3x3 convolution followed by a pointwise one, or (the network's first layer) one ordinary 3x3 convolution.
struct SeparableConv {
    at::Tensor depthwise;  // undefined for the ordinary one
    at::Tensor pointwise;  // or the ordinary 3x3 filters
    at::Tensor bias;
};

// Immutable once made: forwards may run in several threads at once. Nothing here records gradients.
class FaceExpressionNet {
  public:
    static constexpr int kClassCount = 7;
    static constexpr std::array<std::string_view, kClassCount> kClasses{"neutral", "happy",     "sad",      "angry",
                                                                        "fearful", "disgusted", "surprised"};

    // The package's tensors under their own names (dense0/conv0/filters ... fc/bias), with TensorFlow's shapes. Strict:
    // throws Error with the first ten tensors that are missing, unknown or of another shape.
    explicit FaceExpressionNet(std::span<const TensorView> weights);

    // `rgb01`: float32 Nx3xHxW, RGB in [0,1], any size, the face filling the picture. All N share a size.
    at::Tensor features(const at::Tensor& rgb01) const;       // Nx256
    at::Tensor logits(const at::Tensor& rgb01) const;         // Nx7, in the order of kClasses
    at::Tensor probabilities(const at::Tensor& rgb01) const;  // Nx7, softmax of the logits

  private:
    std::array<std::array<SeparableConv, 4>, 4> blocks_;
    at::Tensor fc_weights_, fc_bias_;
};

}  // namespace bfr

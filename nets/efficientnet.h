// EfficientNet-B0 (Tan and Le, arXiv 1905.11946) with TensorFlow's borders, under the names of timm's
// tf_efficientnet_b0: what HSEmotion's face expression networks are (HSE-asavchenko/face-emotion-recognition at
// d0ac879, src/train_emotions-pytorch.ipynb).
#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <vector>

#include "nets/linear.h"
#include "nets/normed_conv.h"

namespace bfr::nets {

struct EfficientNetOptions {
    int64_t classes = 8;
    bool nested_classifier = true;  // its keys are classifier.0.weight and .bias, else classifier.weight and .bias
};

struct EfficientNetB0 : torch::nn::Module {
    static constexpr int64_t kSide = 224;

    explicit EfficientNetB0(const EfficientNetOptions& options);
    ~EfficientNetB0() override;
    // x: (B, 3, 224, 224) RGB, less ImageNet's mean and divided by its deviation. The last map, (B, 1280, 7, 7).
    Tensor map(const Tensor& x) const;
    static Tensor features(const Tensor& map);  // (B, 1280)
    Tensor logits(const Tensor& features) const { return classifier_->forward(features); }
    Tensor forward(const Tensor& x) const { return logits(features(map(x))); }  // (B, classes)

  private:
    struct Block;
    std::shared_ptr<NormedConv> stem_, head_;
    std::vector<std::shared_ptr<Block>> blocks_;
    std::shared_ptr<Linear> classifier_;
};

}  // namespace bfr::nets

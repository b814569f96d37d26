// FID's Inception v3: torchvision's network with 1,008 classes and what TensorFlow's graph of 2015-12-05 does otherwise
// (average pools that leave the border out of their mean, a maximum pool in the last block). Source:
// mseitzer/pytorch-fid 0.3.0, pytorch_fid/inception.py; torchvision, models/inception.py (Szegedy et al., arXiv
// 1512.00567). Keys as in pt_inception-2015-12-05-6726825d.pth.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <array>
#include <memory>
#include <vector>

namespace bfr::nets {

struct InceptionConv;
struct InceptionBlock;
struct Linear;

class InceptionFid : public torch::nn::Module {
  public:
    static constexpr int64_t kSide = 299, kFeatures = 2048, kClasses = 1008;

    InceptionFid();
    ~InceptionFid() override;

    // x: (B, 3, 299, 299) RGB in [-1, 1]; other sizes from 75 up work. (B, 2048): the spatial means of the last block.
    // Once prepared, a picture's numbers depend neither on its batch nor on the number of threads.
    at::Tensor forward(const at::Tensor& x) const;
    // pytorch-fid's four outputs for the dimensions 64, 192, 768 and 2,048; the last one (B, 2048, 1, 1).
    std::array<at::Tensor, 4> blocks(const at::Tensor& x) const;
    // (B, 2048) -> (B, 1008).
    at::Tensor logits(const at::Tensor& pool3) const;

  private:
    std::vector<std::shared_ptr<InceptionConv>> stem_;
    std::vector<std::shared_ptr<InceptionBlock>> mixed_;
    std::shared_ptr<Linear> fc_;
};

}  // namespace bfr::nets

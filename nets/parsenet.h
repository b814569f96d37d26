// ParseNet, which says of each pixel of a face what part it is: PSFRGAN's prior (Chen et al., arXiv 2009.08709). Source:
// chaofengc/PSFRGAN at ab853cd, models/networks.py and models/blocks.py; facexlib's parsing_parsenet.pth is the same
// network. Keys as published.
#pragma once

#include <torch/nn/module.h>

#include <functional>
#include <memory>
#include <vector>

#include "nets/normed_conv.h"

namespace bfr::nets {

class ParseNet : public torch::nn::Module {
  public:
    static constexpr int64_t kClasses = 19, kSide = 512;

    ParseNet();
    ~ParseNet() override;

    // x: (B, 3, 512, 512) RGB in [-1, 1] -> (B, 256, 32, 32).
    Tensor encode(const Tensor& x) const;
    // From encode(): (B, 64, 512, 512), what both heads read.
    Tensor decode(const Tensor& encoded) const;
    Tensor mask(const Tensor& decoded) const;   // (B, 19, 512, 512), before any softmax
    Tensor image(const Tensor& decoded) const;  // (B, 3, 512, 512), the face again, about [-1, 1]
    // The mask of a picture.
    Tensor forward(const Tensor& x) const { return mask(decode(encode(x))); }
    int64_t flop() const { return flop_; }  // of one picture's mask

    // 1 where a class has the pixel's largest value, else 0; several classes that are equally large all get it, as the
    // authors' program has it. (B, classes, H, W), both.
    static Tensor one_hot(const Tensor& mask);

  private:
    struct Block;
    std::shared_ptr<NormedConv> first_, to_image_, to_mask_;
    std::vector<std::shared_ptr<Block>> down_, body_, up_;
    int64_t flop_ = 0;
};

void prepare(ParseNet& net, const std::function<void()>& after_each = {});

}  // namespace bfr::nets

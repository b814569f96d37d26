// For networks that serve many pictures: memory for speed.
#pragma once

#include <torch/nn/module.h>

namespace bfr::nets {

// A layer that can keep its weights in Winograd's form (PackedConv::keep_points()) once it's prepared.
class KeepsPoints {
  public:
    virtual ~KeepsPoints() = default;
    virtual void keep_points() = 0;
};

// Of every such layer below `net`, which is prepared for inference. Results differ by Winograd's 3e-6.
void keep_points(torch::nn::Module& net);

}  // namespace bfr::nets

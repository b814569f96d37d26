#pragma once

#include <torch/nn/module.h>

#include <functional>

namespace bfr::nets {

// What a layer can work out from its weights once, where they don't change any more.
class Preparable {
  public:
    virtual ~Preparable() = default;
    virtual void prepare() = 0;
};

// Lets the memory of a weight go that is kept in another form.
void release(at::Tensor& weight);

// Every layer below `net`, which is in evaluation mode. Its weights must not change afterwards, nor be read by name:
// layers may keep them in another form. Gradients are not to be had. `after_each`: called after each layer, for who
// gives back what the weights came from.
void prepare_for_inference(torch::nn::Module& net, const std::function<void()>& after_each = {});

}  // namespace bfr::nets

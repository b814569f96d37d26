#include "nets/prepare.h"

#include <torch/torch.h>

namespace bfr::nets {

void release(at::Tensor& weight) { weight.set_data(at::empty({0}, weight.options())); }

void prepare_for_inference(torch::nn::Module& net) {
    const at::NoGradGuard no_grad;
    for (const auto& module : net.modules(false)) {
        if (auto* layer = dynamic_cast<Preparable*>(module.get())) layer->prepare();
    }
}

}  // namespace bfr::nets

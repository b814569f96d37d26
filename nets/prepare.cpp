#include "nets/prepare.h"

#include <torch/torch.h>

namespace bfr::nets {

void release(at::Tensor& weight) { weight.set_data(at::empty({0}, weight.options())); }

void prepare_for_inference(torch::nn::Module& net, const std::function<void()>& after_each) {
    const at::NoGradGuard no_grad;
    for (const auto& module : net.modules(false)) {
        auto* const layer = dynamic_cast<Preparable*>(module.get());
        if (!layer) continue;
        layer->prepare();
        if (after_each) after_each();
    }
}

}  // namespace bfr::nets

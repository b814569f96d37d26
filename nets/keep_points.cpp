#include "nets/keep_points.h"

#include <torch/torch.h>

namespace bfr::nets {

void keep_points(torch::nn::Module& net) {
    for (const auto& module : net.modules(false)) {
        if (auto* const layer = dynamic_cast<KeepsPoints*>(module.get())) layer->keep_points();
    }
}

}  // namespace bfr::nets

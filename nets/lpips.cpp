#include "nets/lpips.h"

#include <torch/torch.h>

#include "base/error.h"
#include "nets/ops/feature_sums.h"

namespace bfr::nets {

LpipsHeads::LpipsHeads(const std::vector<int64_t>& channels) {
    for (size_t i = 0; i < channels.size(); i++) {
        // model.0 is the training's dropout
        const auto head = register_module(fmt::format("lin{}", i), std::make_shared<torch::nn::Module>());
        const auto model = head->register_module("model", std::make_shared<torch::nn::Module>());
        const auto conv = model->register_module("1", std::make_shared<torch::nn::Module>());
        weights.push_back(conv->register_parameter("weight", at::zeros({1, channels[i], 1, 1})));
    }
}

StateDict lpips_head_tensors(const Checkpoint& checkpoint) {
    StateDict tensors = tensors_below(checkpoint, checkpoint.below("module").empty() ? "" : "module");
    std::erase_if(tensors, [](const auto& item) {
        const std::string& name = item.first;
        return name.starts_with("net.") || name.starts_with("lins.") || name.starts_with("scaling_layer.");
    });
    return tensors;
}

InputScale lpips_scaling() {
    const Tensor shift = at::tensor({-.030, -.088, -.188}, at::kFloat).unsqueeze(0),
                 scale = at::tensor({.458, .448, .450}, at::kFloat).unsqueeze(0);
    return {1 / scale, -shift / scale};
}

Tensor lpips_shares(const std::vector<Tensor>& a, const std::vector<Tensor>& b, const LpipsHeads& heads) {
    BFR_CHECK(a.size() == heads.weights.size() && b.size() == a.size(), "{} and {} features for {} heads", a.size(),
              b.size(), heads.weights.size());
    std::vector<Tensor> columns;
    for (size_t i = 0; i < a.size(); i++)
        columns.push_back(at::tensor(mean_distance(a[i], b[i], heads.weights[i].detach()), at::kDouble));
    return at::stack(columns, 1);
}

}  // namespace bfr::nets

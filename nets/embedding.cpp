#include "nets/embedding.h"

#include <torch/torch.h>

#include <cmath>

#include "base/error.h"
#include "nets/affine.h"
#include "nets/init.h"

namespace bfr::nets {

Embedding::Embedding(int64_t channels, int64_t side, int64_t out, Norm before,
                     std::shared_ptr<torch::nn::BatchNorm1dImpl> after)
    : channels_(channels), side_(side), before_(std::move(before)), after_(std::move(after)) {
    const int64_t in = channels * side * side;
    const double bound = 1 / std::sqrt(static_cast<double>(in));
    weight = register_parameter("weight", initial_uniform({out, in}, bound));
    bias = register_parameter("bias", initial_uniform({out}, bound));
}

Tensor Embedding::forward(const Tensor& map) const {
    BFR_CHECK(map.dim() == 4 && map.size(1) == channels_ && map.size(2) == side_ && map.size(3) == side_,
              "a map of {} channels and {}x{} pixels is needed", channels_, side_, side_);
    if (packed_.defined())
        return packed_(map, {}, from_, {.bias = folded_bias_, .activate = false}).flatten(1).contiguous();
    return after_->forward(at::linear(before_->forward(map).contiguous().flatten(1), weight, bias));
}

void Embedding::prepare() {
    BFR_CHECK(!is_training(), "a network is prepared in evaluation mode");
    const Affine before(*before_), after(*after_);
    from_ = {before.scale.unsqueeze(0), before.shift.unsqueeze(0)};
    packed_ = PackedConv((weight * after.scale.unsqueeze(1)).view({weight.size(0), channels_, side_, side_}));
    folded_bias_ = after.shift + after.scale * bias;
    release(weight);
}

}  // namespace bfr::nets

#include "nets/arcface_irse50.h"

#include <torch/torch.h>

#include "base/error.h"

namespace bfr::nets {

ArcFaceIrSe50::ArcFaceIrSe50() : trunk_(*this, {}) {
    const auto layer = add_holder(*this, "output_layer");  // 1 and 2 are dropout and flattening
    const auto before = layer->register_module("0", make_norm(512));
    const auto after = layer->register_module("4", std::make_shared<torch::nn::BatchNorm1dImpl>(512));
    embedding_ = layer->register_module("3", std::make_shared<Embedding>(512, kSide / 16, 512, before, after));
}

Tensor ArcFaceIrSe50::features(const Tensor& x) const {
    BFR_CHECK(x.dim() == 4 && x.size(1) == 3 && x.size(2) == kSide && x.size(3) == kSide,
              "RGB pictures of {0}x{0} pixels are needed", kSide);
    return trunk_.forward(x).back();
}

Tensor ArcFaceIrSe50::forward(const Tensor& x) const {
    const Tensor raw = embed(features(x));
    return raw / raw.square().sum(1, true, at::kDouble).sqrt().to(raw.scalar_type());
}

}  // namespace bfr::nets

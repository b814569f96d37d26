#include "nets/linear_path.h"

#include <torch/torch.h>

#include "base/error.h"
#include "nets/conv.h"

namespace bfr::nets {

LinearPath::LinearPath(int64_t numbers, int64_t channels_at_8, int64_t channels_at_32) {
    mean = register_buffer("mean", at::zeros({3, kSide, kSide}));
    basis = register_buffer("basis", at::zeros({numbers, 3 * kSide * kSide}));
    encode = register_parameter("encode", at::ones({numbers}));
    decode = register_parameter("decode", at::ones({numbers}));
    to_8 = register_parameter("to_8", at::zeros({channels_at_8, 48, 1, 1}));
    to_32 = register_parameter("to_32", at::zeros({channels_at_32, 3, 1, 1}));
    blend = register_parameter("blend", at::zeros({1}));
}

Tensor LinearPath::scores(const Tensor& picture) const {
    const int64_t side = picture.size(2);
    BFR_CHECK(picture.dim() == 4 && picture.size(3) == side && side % kSide == 0,
              "a square picture of a multiple of {} pixels is needed", kSide);
    const int64_t step = side / kSide;
    const Tensor small = step == 1 ? picture : at::avg_pool2d(picture, {step, step});
    return at::matmul((small - mean).flatten(1), basis.t()) * encode;
}

Tensor LinearPath::with_scores(const Tensor& codes, const Tensor& picture) const {
    const int64_t rest = codes.size(1) * codes.size(2) - numbers();
    return codes + at::constant_pad_nd(scores(picture), {0, rest}).view(codes.sizes());
}

Tensor LinearPath::picture(const Tensor& codes) const {
    const Tensor scores = codes.flatten(1).narrow(1, 0, numbers()) * decode;
    return at::matmul(scores, basis).view({codes.size(0), 3, kSide, kSide}) + mean;
}

Tensor LinearPath::features_at_8(const Tensor& picture) const {
    return nets::conv2d(at::pixel_unshuffle(picture, 4), to_8);
}

Tensor LinearPath::features_at_32(const Tensor& picture) const { return nets::conv2d(picture, to_32); }

}  // namespace bfr::nets

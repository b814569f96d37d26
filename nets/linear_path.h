// A straight way from picture to codes and back: the principal components of small training faces. The first numbers of
// the codes then carry the scores of a 32x32 picture, beside all that the encoder's layers say. An addition of this
// project for compact networks, which without it give the same face for everybody; the published ones have none.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

namespace bfr::nets {

using at::Tensor;

struct LinearPath : torch::nn::Module {
    static constexpr int64_t kSide = 32;

    LinearPath(int64_t numbers, int64_t channels_at_8, int64_t channels_at_32);

    int64_t numbers() const { return basis.size(0); }
    // picture: (B, 3, S, S) in [-1, 1], S a multiple of 32 -> (B, numbers), what is added to the first numbers of the
    // codes.
    Tensor scores(const Tensor& picture) const;
    // codes: (B, n, width), of which the first numbers get the picture's scores added.
    Tensor with_scores(const Tensor& codes, const Tensor& picture) const;
    // codes: (B, n, width), of which the first numbers are read -> (B, 3, 32, 32).
    Tensor picture(const Tensor& codes) const;
    // What the picture adds to the generator's features at 8 and at 32 pixels.
    Tensor features_at_8(const Tensor& picture) const;
    Tensor features_at_32(const Tensor& picture) const;

    Tensor mean, basis;     // (3, 32, 32); (numbers, 3072), rows of length one
    Tensor encode, decode;  // (numbers): factors of a score on its way into the codes, and out of them
    Tensor to_8, to_32;     // (channels, 48, 1, 1), (channels, 3, 1, 1)
    Tensor blend;           // (1): of the generator's own picture at 32 pixels, to which this one is added
};

}  // namespace bfr::nets

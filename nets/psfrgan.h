// PSFRGAN's generator (Chen et al., "Progressive Semantic-Aware Style Transformation for Blind Face Restoration", CVPR
// 2021, arXiv 2009.08709): a learnt constant grows to a face, and at each size the degraded picture with the map of its
// parts says what every pixel is scaled by and what is added. Source: chaofengc/PSFRGAN at ab853cd, models/psfrnet.py.
// Keys as published, with the parts of spectral normalisation (weight_orig, weight_u, weight_v).
#pragma once

#include <torch/nn/module.h>

#include <functional>
#include <memory>
#include <vector>

#include "nets/ops/finish.h"

namespace bfr::nets {

class PsfrGan : public torch::nn::Module {
  public:
    static constexpr int64_t kSide = 512, kClasses = 19;

    PsfrGan();
    ~PsfrGan() override;

    struct Result {
        Tensor image;                  // (B, 3, 512, 512), about [-1, 1]
        std::vector<Tensor> features;  // of each size from 16 pixels to 512, where asked for
    };
    // x: (B, 3, 512, 512) RGB in [-1, 1]; parts: (B, 19, 512, 512), ParseNet::one_hot().
    Result forward(const Tensor& x, const Tensor& parts, bool features) const;
    Tensor forward(const Tensor& x, const Tensor& parts) const { return forward(x, parts, false).image; }
    int64_t flop() const { return flop_; }  // of one picture, once prepared

  private:
    struct Weight;
    struct Conv;
    struct Norm;
    struct Block;
    struct Level;
    friend void prepare(PsfrGan& net, const std::function<void()>& after_each);

    Tensor start() const;  // what comes before the first block, the same for every picture

    Tensor constant_, prepared_start_;
    std::shared_ptr<Weight> first_;
    std::vector<Level> levels_;
    std::shared_ptr<Conv> to_image_;
    int64_t flop_ = 0;
};

void prepare(PsfrGan& net, const std::function<void()>& after_each = {});

}  // namespace bfr::nets

#include "nets/efficientnet.h"

#include <torch/torch.h>

#include "base/error.h"
#include "nets/ops/channelwise.h"

namespace bfr::nets {

namespace {

constexpr double kEpsilon = 1e-3;

// TensorFlow's "same" for an even side: with stride 2 the border's smaller half lies at the top and left.
NormedConvOptions same(int64_t kernel, int64_t stride, bool depthwise) {
    const int64_t all = kernel - stride, before = all / 2;
    return {.kernel = kernel, .stride = stride, .border = {before, all - before}, .depthwise = depthwise};
}

struct SqueezeExcite : torch::nn::Module {
    SqueezeExcite(int64_t channels, int64_t reduced) {
        reduce_ = register_module("conv_reduce", std::make_shared<NormedConv>(channels, reduced, kBiased));
        expand_ = register_module("conv_expand", std::make_shared<NormedConv>(reduced, channels, kBiased));
    }
    Tensor forward(const Tensor& x) const {
        const Tensor weight = logistic(expand_->forward(swish(reduce_->forward(spatial_mean(x)))));
        return finish(x, {.scale = weight.flatten(1), .activate = false});
    }

  private:
    static constexpr NormedConvOptions kBiased{.bias = true};
    std::shared_ptr<NormedConv> reduce_, expand_;
};

}  // namespace

// The first stage's blocks don't widen their input, and their layers are numbered otherwise.
struct EfficientNetB0::Block : torch::nn::Module {
    Block(int64_t in, int64_t out, int64_t expansion, int64_t kernel, int64_t stride)
        : shortcut_(stride == 1 && in == out) {
        const int64_t wide = in * expansion;
        const bool widens = expansion != 1;
        if (widens) expand_ = add_normed(*this, "conv_pw", "bn1", in, wide, {}, false, kEpsilon);
        depthwise_ = add_normed(*this, "conv_dw", widens ? "bn2" : "bn1", wide, wide, same(kernel, stride, true), false,
                                kEpsilon);
        squeeze_ = register_module("se", std::make_shared<SqueezeExcite>(wide, in / 4));
        project_ =
            add_normed(*this, widens ? "conv_pwl" : "conv_pw", widens ? "bn3" : "bn2", wide, out, {}, false, kEpsilon);
    }
    Tensor forward(const Tensor& x) const {
        const Tensor wide = expand_ ? swish(expand_->forward(x)) : x;
        const Tensor weighted = squeeze_->forward(swish(depthwise_->forward(wide)));
        return project_->forward(weighted, {}, shortcut_ ? std::vector<Tensor>{x} : std::vector<Tensor>{});
    }

  private:
    bool shortcut_;
    std::shared_ptr<NormedConv> expand_, depthwise_, project_;
    std::shared_ptr<SqueezeExcite> squeeze_;
};

EfficientNetB0::EfficientNetB0(const EfficientNetOptions& options) {
    stem_ = add_normed(*this, "conv_stem", "bn1", 3, 32, same(3, 2, false), false, kEpsilon);
    const auto blocks = add_holder(*this, "blocks");
    struct Stage {
        int64_t expansion, kernel, stride, width, count;
    };
    const Stage stages[] = {{1, 3, 1, 16, 1},  {6, 3, 2, 24, 2},  {6, 5, 2, 40, 2}, {6, 3, 2, 80, 3},
                            {6, 5, 1, 112, 3}, {6, 5, 2, 192, 4}, {6, 3, 1, 320, 1}};
    int64_t in = 32;
    for (size_t s = 0; s < std::size(stages); s++) {
        const auto& stage = stages[s];
        const auto holder = add_holder(*blocks, std::to_string(s));
        for (int64_t i = 0; i < stage.count; i++) {
            blocks_.push_back(holder->register_module(
                std::to_string(i),
                std::make_shared<Block>(in, stage.width, stage.expansion, stage.kernel, i == 0 ? stage.stride : 1)));
            in = stage.width;
        }
    }
    constexpr int64_t kFeatures = 1280;
    head_ = add_normed(*this, "conv_head", "bn2", in, kFeatures, {}, false, kEpsilon);
    const auto classifier = std::make_shared<Linear>(kFeatures, options.classes);
    if (options.nested_classifier) {
        classifier_ = add_holder(*this, "classifier")->register_module("0", classifier);
    } else {
        classifier_ = register_module("classifier", classifier);
    }
}

EfficientNetB0::~EfficientNetB0() = default;

Tensor EfficientNetB0::map(const Tensor& x) const {
    BFR_CHECK(x.dim() == 4 && x.size(1) == 3 && x.size(2) == kSide && x.size(3) == kSide,
              "RGB pictures of {0}x{0} pixels are needed", kSide);
    Tensor y = swish(stem_->forward(x));
    for (const auto& block : blocks_) y = block->forward(y);
    return swish(head_->forward(y));
}

Tensor EfficientNetB0::features(const Tensor& map) { return spatial_mean(map).flatten(1); }

}  // namespace bfr::nets

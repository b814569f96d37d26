#include "nets/style_encoder.h"

#include <torch/torch.h>

#include "base/error.h"
#include "nets/conv_layer.h"
#include "nets/ops/packed_conv.h"

namespace bfr::nets {
struct GradualStyleBlock : torch::nn::Module, Preparable {
    // Halves the map from `side` px down to one pixel.
    GradualStyleBlock(int64_t in, int64_t out, int64_t side) {
        const auto convs = register_module("convs", std::make_shared<torch::nn::Module>());
        for (int64_t index = 0; side > 1; side /= 2, index += 2) {  // a leaky ReLU stands between: every other key
            convs_.push_back(convs->register_module(
                std::to_string(index),
                std::make_shared<Conv2d>(index == 0 ? in : out, out, 3, Conv2dOptions{.stride = 2, .padding = 1})));
        }
        linear_ = register_module("linear", std::make_shared<EqualLinear>(out, out));
    }
    Tensor forward(Tensor x) const {
        for (size_t i = 0; i < convs_.size(); i++) {
            x = packed_.empty() ? at::leaky_relu(convs_[i]->forward(x), kSlope)
                                : packed_[i](x, {.stride = 2, .padding = 1}, {},
                                             {.bias = convs_[i]->bias, .activate = false, .slope = slope_});
        }
        BFR_CHECK(x.size(2) == 1 && x.size(3) == 1, "the encoder's picture has another size than it was made for");
        return linear_->forward(x.flatten(1));
    }

    void prepare() override {
        slope_ = at::full({convs_[0]->weight.size(0)}, kSlope);
        for (const auto& conv : convs_) {
            packed_.emplace_back(conv->weight);
            release(conv->weight);
        }
    }

  private:
    static constexpr double kSlope = 0.01;

    std::vector<std::shared_ptr<Conv2d>> convs_;
    std::shared_ptr<EqualLinear> linear_;
    std::vector<PackedConv> packed_;  // empty until prepared
    Tensor slope_;
};

namespace {

Tensor upsample_add(const Tensor& coarse, const Tensor& lateral) {
    return at::upsample_bilinear2d(coarse, {lateral.size(2), lateral.size(3)}, true) + lateral;
}

std::shared_ptr<Conv2d> lateral(int64_t in, int64_t out) { return std::make_shared<Conv2d>(in, out, 1); }

}  // namespace

StyleEncoder::StyleEncoder(const StyleEncoderOptions& options) : options_(options), trunk_(*this, options.trunk) {
    const auto& widths = options.trunk.widths;
    BFR_CHECK(widths.size() == 4, "the style encoder takes its features from the last three of four widths");
    const auto styles = register_module("styles", std::make_shared<torch::nn::Module>());
    for (int64_t i = 0; i < options.codes; i++) {
        const int64_t side = options.input / (i < options.coarse ? 16 : i < options.middle ? 8 : 4);
        styles_.push_back(styles->register_module(
            std::to_string(i), std::make_shared<GradualStyleBlock>(widths[3], options.style_width, side)));
    }
    latlayer1_ = register_module("latlayer1", lateral(widths[2], widths[3]));
    latlayer2_ = register_module("latlayer2", lateral(widths[1], widths[3]));
}

StyleEncoder::~StyleEncoder() = default;

Tensor StyleEncoder::forward(const Tensor& x) const {
    const auto taps = trunk_.forward(x);
    const Tensor middle = upsample_add(taps[3], latlayer1_->as<Conv2d>()->forward(taps[2]));
    const Tensor fine = upsample_add(middle, latlayer2_->as<Conv2d>()->forward(taps[1]));
    const Tensor first = styles_[0]->forward(taps[3]);
    std::vector<Tensor> codes = {first};
    for (int64_t i = 1; i < options_.codes; i++) {
        const Tensor& features = i < options_.coarse ? taps[3] : i < options_.middle ? middle : fine;
        codes.push_back(first + styles_[static_cast<size_t>(i)]->forward(features));
    }
    return at::stack(codes, 1);
}

}  // namespace bfr::nets

#include "nets/parsenet.h"

#include <torch/torch.h>

#include <algorithm>
#include <string>

#include "nets/ops/rearrange.h"

namespace bfr::nets {

namespace {

enum class Size { kSame, kHalf, kDouble };

constexpr int64_t kFirstWidth = 64, kLargestWidth = 256, kSteps = 4, kBodyDepth = 10;
constexpr double kLeak = 0.2;

std::string numbered(int64_t i) { return std::to_string(i); }

// 3x3, of a picture that has its border already. `normed`: without a bias, but with a norm.
std::shared_ptr<NormedConv> add_layer(torch::nn::Module& owner, const std::string& name, int64_t in, int64_t out,
                                      bool normed, int64_t stride = 1) {
    const auto layer = add_holder(owner, name);
    const auto conv = layer->register_module(
        "conv2d",
        std::make_shared<NormedConv>(in, out, NormedConvOptions{.kernel = 3, .stride = stride, .bias = !normed}));
    if (normed) conv->norm_output(add_holder(*layer, "norm")->register_module("norm", make_norm(out)));
    return conv;
}

int64_t layer_flop(int64_t in, int64_t out, int64_t side) { return 2 * 9 * in * out * side * side; }

}  // namespace

// Two convolutions beside another one, or beside nothing where neither size nor width changes.
struct ParseNet::Block : torch::nn::Module {
    Block(int64_t in, int64_t out, Size size) : in_(in), out_(out), size_(size) {
        const int64_t stride = size == Size::kHalf ? 2 : 1;
        if (in != out || size != Size::kSame)
            shortcut_ = add_layer(*this, "shortcut_func", in, out, false, stride);
        conv1_ = add_layer(*this, "conv1", in, out, true);
        conv2_ = add_layer(*this, "conv2", out, out, true, stride);
    }
    Tensor forward(const Tensor& x) const {
        const Tensor bordered = reflected(size_ == Size::kDouble ? doubled(x) : x);
        const Tensor past = shortcut_ ? shortcut_->forward(bordered) : x;
        const Tensor h = conv1_->forward(bordered, at::full({1}, kLeak, x.options()));
        return conv2_->forward(reflected(h), {}, {past});
    }
    // `side`: of what it takes.
    int64_t flop(int64_t side) const {
        const int64_t inside = size_ == Size::kDouble ? 2 * side : side, result = result_side(side);
        return layer_flop(in_, out_, inside) + layer_flop(out_, out_, result) +
               (shortcut_ ? layer_flop(in_, out_, result) : 0);
    }
    int64_t result_side(int64_t side) const {
        return size_ == Size::kHalf ? side / 2 : size_ == Size::kDouble ? 2 * side : side;
    }

  private:
    int64_t in_, out_;
    Size size_;
    std::shared_ptr<NormedConv> shortcut_, conv1_, conv2_;
};

ParseNet::ParseNet() {
    int64_t side = kSide, width = kFirstWidth;
    const auto add_block = [&](torch::nn::Module& owner, int64_t name, int64_t out, Size size) {
        const auto block = owner.register_module(numbered(name), std::make_shared<Block>(width, out, size));
        flop_ += block->flop(side);
        side = block->result_side(side);
        width = out;
        return block;
    };
    const auto encoder = add_holder(*this, "encoder"), body = add_holder(*this, "body"),
               decoder = add_holder(*this, "decoder");
    first_ = add_layer(*encoder, "0", 3, width, false);
    flop_ += layer_flop(3, width, side);
    for (int64_t i = 1; i <= kSteps; i++)
        down_.push_back(add_block(*encoder, i, std::min(kLargestWidth, kFirstWidth << i), Size::kHalf));
    for (int64_t i = 0; i < kBodyDepth; i++) body_.push_back(add_block(*body, i, width, Size::kSame));
    for (int64_t i = 0; i < kSteps; i++)
        up_.push_back(
            add_block(*decoder, i, std::min(kLargestWidth, kFirstWidth << (kSteps - 1 - i)), Size::kDouble));
    to_image_ = add_layer(*this, "out_img_conv", width, 3, false);
    to_mask_ = add_layer(*this, "out_mask_conv", width, kClasses, false);
    flop_ += layer_flop(width, kClasses, side);
}

ParseNet::~ParseNet() = default;

Tensor ParseNet::encode(const Tensor& x) const {
    Tensor h = first_->forward(reflected(x));
    for (const auto& block : down_) h = block->forward(h);
    return h;
}

Tensor ParseNet::decode(const Tensor& encoded) const {
    Tensor h = encoded;
    for (const auto& block : body_) h = block->forward(h);
    h = encoded + h;
    for (const auto& block : up_) h = block->forward(h);
    return h;
}

Tensor ParseNet::mask(const Tensor& decoded) const { return to_mask_->forward(reflected(decoded)); }
Tensor ParseNet::image(const Tensor& decoded) const { return to_image_->forward(reflected(decoded)); }

Tensor ParseNet::one_hot(const Tensor& mask) { return (mask == mask.amax(1, true)).to(mask.scalar_type()); }

void prepare(ParseNet& net, const std::function<void()>& after_each) {
    prepare_for_inference(net, after_each);
    keep_points(net);
}

}  // namespace bfr::nets

#include "nets/arcface_resnet18.h"

#include <torch/torch.h>

#include "base/error.h"

namespace bfr::nets {
using torch::nn::PReLUImpl;

// One PReLU with one slope serves twice in a block.
struct ArcFaceResNet18::Block : torch::nn::Module {
    Block(int64_t in, int64_t out, int64_t stride) {
        conv1_ = add_normed(*this, "conv1", "bn1", in, in, {.kernel = 3, .border = {1, 1}});
        conv1_->norm_input(register_module("bn0", make_norm(in)), false);
        conv2_ = add_normed(*this, "conv2", "bn2", in, out, {.kernel = 3, .stride = stride, .border = {1, 1}});
        prelu_ = register_module("prelu", std::make_shared<PReLUImpl>());
        if (in != out || stride != 1)
            downsample_ = add_normed(*add_holder(*this, "downsample"), "0", "1", in, out, {.stride = stride});
    }
    Tensor forward(const Tensor& x) const {
        const Tensor sum =
            conv2_->forward(conv1_->forward(x, prelu_->weight), {}, {downsample_ ? downsample_->forward(x) : x});
        return finish(sum, {.activate = false, .slope = prelu_->weight.expand({sum.size(1)})});
    }

  private:
    std::shared_ptr<NormedConv> conv1_, conv2_, downsample_;
    std::shared_ptr<PReLUImpl> prelu_;
};

ArcFaceResNet18::ArcFaceResNet18() {
    conv1_ = add_normed(*this, "conv1", "bn1", 1, 64, {.kernel = 3, .border = {1, 1}});
    prelu_ = register_module("prelu", std::make_shared<PReLUImpl>());
    int64_t in = 64;
    for (int stage = 1; stage <= 4; stage++) {
        const auto layer = add_holder(*this, "layer" + std::to_string(stage));
        const int64_t out = int64_t{32} << stage;
        for (int i = 0; i < 2; i++) {
            const int64_t stride = i == 0 && stage > 1 ? 2 : 1;
            blocks_.push_back(layer->register_module(std::to_string(i), std::make_shared<Block>(in, out, stride)));
            in = out;
        }
    }
    const auto before = register_module("bn4", make_norm(in));
    const auto after = register_module("bn5", std::make_shared<torch::nn::BatchNorm1dImpl>(512));
    fc5_ = register_module("fc5", std::make_shared<Embedding>(in, kSide / 16, 512, before, after));
}

ArcFaceResNet18::~ArcFaceResNet18() = default;

Tensor ArcFaceResNet18::features(const Tensor& x) const {
    BFR_CHECK(x.dim() == 4 && x.size(1) == 1 && x.size(2) == kSide && x.size(3) == kSide,
              "gray pictures of {0}x{0} pixels are needed", kSide);
    Tensor y = conv1_->forward(x, prelu_->as<PReLUImpl>()->weight);
    y = at::max_pool2d(y, 2, 2);
    for (const auto& block : blocks_) y = block->forward(y);
    return y;
}

Tensor ArcFaceResNet18::forward(const Tensor& x) const { return fc5_->forward(features(x)); }

}  // namespace bfr::nets

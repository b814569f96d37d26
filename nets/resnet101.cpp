#include "nets/resnet101.h"

#include <torch/torch.h>

#include "base/error.h"
#include "nets/linear.h"

namespace bfr::nets {

struct ResNet101::Bottleneck : torch::nn::Module {
    Bottleneck(int64_t in, int64_t inner, int64_t stride) {
        const int64_t out = 4 * inner;
        conv1_ = add_normed(*this, "conv1", "bn1", in, inner, {}, true);
        conv2_ =
            add_normed(*this, "conv2", "bn2", inner, inner, {.kernel = 3, .stride = stride, .border = {1, 1}}, true);
        conv3_ = add_normed(*this, "conv3", "bn3", inner, out);
        if (in != out || stride != 1)
            downsample_ = add_normed(*add_holder(*this, "downsample"), "0", "1", in, out, {.stride = stride});
    }
    Tensor forward(const Tensor& x) const {
        const Tensor inner = conv2_->forward(conv1_->forward(x));
        return at::relu(conv3_->forward(inner, {}, {downsample_ ? downsample_->forward(x) : x}));
    }

  private:
    std::shared_ptr<NormedConv> conv1_, conv2_, conv3_, downsample_;
};

ResNet101::ResNet101(int64_t outputs) {
    constexpr int kBlocks[] = {3, 4, 23, 3};
    first_ = add_normed(*this, "conv1", "bn1", 3, 64, {.kernel = 7, .stride = 2, .border = {3, 3}}, true);
    int64_t in = 64;
    for (int stage = 0; stage < 4; stage++) {
        const auto layer = add_holder(*this, "layer" + std::to_string(stage + 1));
        const int64_t inner = int64_t{64} << stage;
        for (int i = 0; i < kBlocks[stage]; i++) {
            const int64_t stride = i == 0 && stage > 0 ? 2 : 1;
            blocks_.push_back(
                layer->register_module(std::to_string(i), std::make_shared<Bottleneck>(in, inner, stride)));
            in = 4 * inner;
        }
    }
    fc_ = register_module("fc", std::make_shared<Linear>(in, outputs));
    eval();
}

ResNet101::~ResNet101() = default;

Tensor ResNet101::forward(const Tensor& x) const {
    BFR_CHECK(x.dim() == 4 && x.size(1) == 3, "ResNet-101 takes (B, 3, H, W)");
    Tensor y = at::max_pool2d(first_->forward(x.contiguous(at::MemoryFormat::ChannelsLast)), {3, 3}, {2, 2}, {1, 1});
    for (const auto& block : blocks_) y = block->forward(y);
    return fc_->forward(y.mean({2, 3}));
}

}  // namespace bfr::nets

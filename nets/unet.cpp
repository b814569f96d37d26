#include "nets/unet.h"

#include <torch/torch.h>

#include <array>

#include "base/error.h"

namespace bfr::nets {

UNet::Level UNet::add(const std::string& name, int64_t in, int64_t out, bool down) {
    const auto level = register_module(name, std::make_shared<torch::nn::Module>());
    return {level->register_module("0", std::make_shared<ConvLayer>(in, out, 3, down)),
            level->register_module("1", std::make_shared<ConvLayer>(out, out, 3))};
}

UNet::UNet(const UNetOptions& options) {
    const auto& widths = options.widths;
    BFR_CHECK(widths.size() > 1, "a U-Net has at least two resolutions");
    top_ = add("top", 3, widths[0]);
    for (size_t i = 1; i < widths.size(); i++)
        down_.push_back(add("down" + std::to_string(i), widths[i - 1], widths[i], true));
    for (size_t i = widths.size() - 1; i > 0; i--)
        up_.push_back(add("up" + std::to_string(i), widths[i] + widths[i - 1], widths[i - 1]));
    to_rgb_ = register_module("to_rgb", std::make_shared<EqualConv2d>(widths[0], 3, 3, 1, 1));
    const at::NoGradGuard no_grad;
    to_rgb_->weight.mul_(0.1);  // it begins close to the picture itself
}

Tensor UNet::forward(const Tensor& x) const {
    BFR_CHECK(x.dim() == 4 && x.size(1) == 3 && x.size(2) % side() == 0 && x.size(3) % side() == 0,
              "pictures of 3 channels and sides that {} divides are needed", side());
    std::vector<Tensor> passed;
    Tensor out = top_.forward(x.contiguous(at::MemoryFormat::ChannelsLast));
    for (const auto& level : down_) {
        passed.push_back(out);
        out = level.forward(out);
    }
    for (size_t i = 0; i < up_.size(); i++) {
        const Tensor& beside = passed[passed.size() - 1 - i];
        const std::array<int64_t, 2> size = {beside.size(2), beside.size(3)};
        out = up_[i].forward(at::cat({at::upsample_nearest2d(out, at::IntArrayRef(size)), beside}, 1));
    }
    return x + to_rgb_->forward(out);
}

}  // namespace bfr::nets

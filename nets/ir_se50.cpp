#include "nets/ir_se50.h"

#include <torch/torch.h>

#include "base/error.h"
#include "nets/affine.h"
#include "nets/conv_layer.h"
#include "nets/keep_points.h"
#include "nets/normed_conv.h"
#include "nets/ops/channelwise.h"
#include "nets/ops/finish.h"
#include "nets/ops/packed_conv.h"
#include "nets/prepare.h"

namespace bfr::nets {
using at::Tensor;
using torch::nn::BatchNorm2dImpl;
using torch::nn::PReLUImpl;

namespace {

std::shared_ptr<Conv2d> conv(int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t padding) {
    return std::make_shared<Conv2d>(in, out, kernel, Conv2dOptions{stride, padding, false});
}

std::shared_ptr<PReLUImpl> make_prelu(int64_t channels) {
    return std::make_shared<PReLUImpl>(torch::nn::PReLUOptions().num_parameters(channels));
}

}  // namespace

// A convolution and the batch normalisation behind it, packed; the convolution's own weights are then gone.
struct Folded {
    Folded() = default;
    Folded(Conv2d& conv, const BatchNorm2dImpl& norm) : shape{conv.options.stride, conv.options.padding} {
        const Affine affine(norm);
        packed = PackedConv(conv.weight * affine.scale.view({-1, 1, 1, 1}));
        bias = affine.shift;
        release(conv.weight);
    }
    // `slope`: of the PReLU that follows, or undefined.
    Tensor forward(const Tensor& x, const Tensor& slope = {}) const {
        return packed(x, shape, {}, {.bias = bias, .activate = false, .slope = slope});
    }
    PackedConv packed;
    PackedShape shape;
    Tensor bias;
};

struct IrSeInput : torch::nn::Module, Preparable {
    explicit IrSeInput(int64_t width) {
        conv_ = register_module("0", conv(3, width, 3, 1, 1));
        norm_ = register_module("1", std::make_shared<BatchNorm2dImpl>(width));
        prelu_ = register_module("2", make_prelu(width));
    }
    Tensor forward(const Tensor& x) {
        if (folded_.packed.defined()) return folded_.forward(x, prelu_->weight);
        return finish(norm_->forward(conv_->forward(x)), {.activate = false, .slope = prelu_->weight});
    }
    void prepare() override { folded_ = Folded(*conv_, *norm_); }

  private:
    std::shared_ptr<Conv2d> conv_;
    std::shared_ptr<BatchNorm2dImpl> norm_;
    std::shared_ptr<PReLUImpl> prelu_;
    Folded folded_;
};

struct IrSeUnit : torch::nn::Module, Preparable, KeepsPoints {
    IrSeUnit(int64_t in, int64_t out, int64_t stride, int64_t reduction) : stride_(stride) {
        if (in != out) {
            const auto shortcut = register_module("shortcut_layer", std::make_shared<torch::nn::Module>());
            shortcut_conv_ = shortcut->register_module("0", conv(in, out, 1, stride, 0));
            shortcut_norm_ = shortcut->register_module("1", std::make_shared<BatchNorm2dImpl>(out));
        }
        const auto layer = register_module("res_layer", std::make_shared<torch::nn::Module>());
        norm_in_ = layer->register_module("0", std::make_shared<BatchNorm2dImpl>(in));
        conv1_ = layer->register_module("1", conv(in, out, 3, 1, 1));
        prelu_ = layer->register_module("2", make_prelu(out));
        conv2_ = layer->register_module("3", conv(out, out, 3, stride, 1));
        norm_out_ = layer->register_module("4", std::make_shared<BatchNorm2dImpl>(out));
        const auto squeeze = layer->register_module("5", std::make_shared<torch::nn::Module>());
        fc1_ = squeeze->register_module("fc1", std::make_shared<NormedConv>(out, out / reduction));
        fc2_ = squeeze->register_module("fc2", std::make_shared<NormedConv>(out / reduction, out));
    }

    Tensor forward(const Tensor& x) {
        const Tensor shortcut = !shortcut_conv_ ? picked(x)
                                : packed()      ? folded_shortcut_.forward(x)
                                                : shortcut_norm_->forward(shortcut_conv_->forward(x));
        const Tensor y = packed() ? packed_residual(x) : residual(x);
        const Tensor weight = logistic(fc2_->forward(at::relu(fc1_->forward(spatial_mean(y)))));
        return finish(y, {.scale = weight.flatten(1), .activate = false, .add = {shortcut}});
    }

    void prepare() override {
        const Affine affine(*norm_in_);
        from_ = {affine.scale.unsqueeze(0), affine.shift.unsqueeze(0)};
        packed1_ = PackedConv(conv1_->weight);
        release(conv1_->weight);
        folded2_ = Folded(*conv2_, *norm_out_);
        if (shortcut_conv_) folded_shortcut_ = Folded(*shortcut_conv_, *shortcut_norm_);
    }

    // Those of more channels lie on maps of 7x7: 170 MB more for little.
    void keep_points() override {
        constexpr int64_t kMostChannels = 256;
        BFR_CHECK(packed(), "points are kept of a network that is prepared");
        if (packed1_.out() > kMostChannels) return;
        packed1_.keep_points();
        if (stride_ == 1) folded2_.packed.keep_points();
    }

  private:
    bool packed() const { return packed1_.defined(); }
    // a 1x1 max pooling with a stride only picks every stride-th pixel
    Tensor picked(const Tensor& x) const { return stride_ == 1 ? x : at::max_pool2d(x, 1, stride_); }

    Tensor residual(const Tensor& x) const {
        const Tensor y = conv1_->forward(norm_in_->forward(x));
        return norm_out_->forward(conv2_->forward(finish(y, {.activate = false, .slope = prelu_->weight})));
    }
    Tensor packed_residual(const Tensor& x) const {
        return folded2_.forward(packed1_(x, {.padding = 1}, from_, {.activate = false, .slope = prelu_->weight}));
    }

    int64_t stride_;
    std::shared_ptr<Conv2d> shortcut_conv_, conv1_, conv2_;
    std::shared_ptr<NormedConv> fc1_, fc2_;
    std::shared_ptr<BatchNorm2dImpl> shortcut_norm_, norm_in_, norm_out_;
    std::shared_ptr<PReLUImpl> prelu_;
    InputScale from_;  // norm_in, once prepared; as what follows
    PackedConv packed1_;
    Folded folded2_, folded_shortcut_;
};

IrSeTrunk::IrSeTrunk(torch::nn::Module& owner, const IrSeOptions& options) {
    BFR_CHECK(!options.widths.empty() && options.widths.size() == options.units.size(), "one number of units a width");
    input_ = owner.register_module("input_layer", std::make_shared<IrSeInput>(options.widths[0]));
    const auto body = owner.register_module("body", std::make_shared<torch::nn::Module>());
    int64_t in = options.widths[0];
    for (size_t stage = 0; stage < options.widths.size(); stage++) {
        for (int unit = 0; unit < options.units[stage]; unit++) {
            const int64_t out = options.widths[stage];
            units_.push_back(
                body->register_module(std::to_string(units_.size()),
                                      std::make_shared<IrSeUnit>(in, out, unit == 0 ? 2 : 1, options.reduction)));
            in = out;
        }
        last_of_width_.push_back(units_.size() - 1);
    }
}

std::vector<Tensor> IrSeTrunk::forward(const Tensor& x) const {
    Tensor y = input_->forward(x.contiguous(at::MemoryFormat::ChannelsLast));
    std::vector<Tensor> taps;
    for (size_t i = 0; i < units_.size(); i++) {
        y = units_[i]->forward(y);
        if (i == last_of_width_[taps.size()]) taps.push_back(y);
    }
    return taps;
}

}  // namespace bfr::nets

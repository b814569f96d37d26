#include "nets/normed_conv.h"

#include <torch/torch.h>

#include <cmath>

#include "base/error.h"
#include "nets/affine.h"
#include "nets/conv.h"
#include "nets/init.h"
#include "nets/ops/finish.h"

namespace bfr::nets {

Norm make_norm(int64_t channels, double epsilon) {
    return std::make_shared<torch::nn::BatchNorm2dImpl>(torch::nn::BatchNorm2dOptions(channels).eps(epsilon));
}

NormedConv::NormedConv(int64_t in, int64_t out, const NormedConvOptions& options) : options_(options), out_(out) {
    BFR_CHECK(!options.depthwise || in == out, "{} channels to {} by a filter each", in, out);
    const int64_t kernel = options.kernel, each = options.depthwise ? 1 : in;
    const double bound = 1 / std::sqrt(static_cast<double>(each * kernel * kernel));
    weight = register_parameter("weight", initial_uniform({out, each, kernel, kernel}, bound));
    if (options.bias) bias = register_parameter("bias", initial_uniform({out}, bound));
}

void NormedConv::norm_input(Norm norm, bool relu) {
    input_norm_ = std::move(norm);
    input_relu_ = relu;
}

void NormedConv::norm_output(Norm norm, bool relu) {
    output_norm_ = std::move(norm);
    output_relu_ = relu;
}

Tensor NormedConv::padded(const Tensor& x) const {
    const auto [before, after] = options_.border;
    return before == after ? x : at::constant_pad_nd(x, {before, after, before, after});
}

Tensor NormedConv::conv(const Tensor& x) const {
    const int64_t padding = options_.border.before == options_.border.after ? options_.border.before : 0;
    const ConvShape shape{.stride = {options_.stride, options_.stride},
                          .padding = {padding, padding},
                          .groups = options_.depthwise ? out_ : 1};
    return conv2d(padded(x), weight, shape, bias);
}

Tensor NormedConv::differentiable(Tensor x, const Tensor& slope, const std::vector<Tensor>& add) const {
    if (input_norm_) x = input_norm_->forward(x);
    if (input_relu_) x = at::relu(x);
    x = conv(x);
    Finish with{.activate = false, .add = add};
    if (slope.defined()) {
        with.slope = slope.expand({out_});
    } else if (output_relu_) {
        with.slope = at::zeros({out_}, weight.options());
    }
    if (output_norm_ && !output_norm_->is_training()) {
        const Affine after(*output_norm_);
        with.scale = after.scale.expand({x.size(0), out_});
        with.bias = after.shift;
    } else if (output_norm_) {
        x = output_norm_->forward(x);
    }
    return finish(x, with);
}

Tensor NormedConv::forward(const Tensor& x, const Tensor& slope, const std::vector<Tensor>& add) const {
    if (!packed_.defined() && !packed_depthwise_.defined()) return differentiable(x, slope, add);
    Finish with{.bias = folded_bias_, .activate = false, .slope = slope.defined() ? slope : relu_slope_, .add = add};
    if (with.slope.defined()) with.slope = with.slope.expand({out_});
    if (packed_depthwise_.defined()) return packed_depthwise_(x, options_.stride, options_.border, with);
    const bool even = options_.border.before == options_.border.after;
    return packed_(padded(x), {.stride = options_.stride, .padding = even ? options_.border.before : 0}, from_, with);
}

void NormedConv::prepare() {
    BFR_CHECK(!is_training(), "a network is prepared in evaluation mode");
    BFR_CHECK(!input_norm_ || (!options_.depthwise && options_.border.before == options_.border.after),
              "a norm before a depthwise or unevenly padded convolution isn't folded");
    Tensor folded = weight;
    folded_bias_ = bias;
    if (output_norm_) {
        const Affine after(*output_norm_);
        folded = weight * after.scale.view({-1, 1, 1, 1});
        folded_bias_ = bias.defined() ? after.shift + after.scale * bias : after.shift;
    }
    if (input_norm_) {
        const Affine before(*input_norm_);
        from_ = {before.scale.unsqueeze(0), before.shift.unsqueeze(0), input_relu_};
    }
    if (output_relu_) relu_slope_ = at::zeros({out_});
    if (options_.depthwise) {
        packed_depthwise_ = PackedDepthwise(folded);
    } else {
        packed_ = PackedConv(folded);
    }
    release(weight);
}

void NormedConv::keep_points() {
    BFR_CHECK(packed_.defined() || packed_depthwise_.defined(), "points are kept of a network that is prepared");
    if (packed_.defined() && options_.kernel == 3 && options_.stride == 1) packed_.keep_points();
}

std::shared_ptr<torch::nn::Module> add_holder(torch::nn::Module& owner, const std::string& name) {
    return owner.register_module(name, std::make_shared<torch::nn::Module>());
}

std::shared_ptr<NormedConv> add_normed(torch::nn::Module& owner, const std::string& conv, const std::string& norm,
                                       int64_t in, int64_t out, const NormedConvOptions& options, bool relu,
                                       double epsilon) {
    const auto layer = owner.register_module(conv, std::make_shared<NormedConv>(in, out, options));
    layer->norm_output(owner.register_module(norm, make_norm(out, epsilon)), relu);
    return layer;
}

}  // namespace bfr::nets

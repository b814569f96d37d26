#include "nets/gfpgan_steps.h"

#include <torch/torch.h>

#include <cmath>

#include "nets/init.h"
#include "nets/normed_conv.h"

namespace bfr::nets {

namespace {

Tensor bilinear_resized(const Tensor& x, bool up) {
    return up ? bilinear_doubled(x) : at::upsample_bilinear2d(x, {x.size(2) / 2, x.size(3) / 2}, false);
}

// ---- the clean architecture's: convolutions with biases, lrelu(x, 0.2) without a gain

std::shared_ptr<NormedConv> add_plain(torch::nn::Module& owner, const std::string& name, int64_t in, int64_t out,
                                      int64_t kernel, bool bias = true) {
    const int64_t border = kernel / 2;
    return owner.register_module(
        name, std::make_shared<NormedConv>(
                  in, out, NormedConvOptions{.kernel = kernel, .border = {border, border}, .bias = bias}));
}

Tensor leak() { return at::full({1}, 0.2); }

GfpganStep clean_conv(torch::nn::Module& owner, const std::string& name, int64_t in, int64_t out, int64_t kernel) {
    return [conv = add_plain(owner, name, in, out, kernel)](const Tensor& x) { return conv->forward(x, leak()); };
}

GfpganStep clean_residual(torch::nn::Module& owner, const std::string& name, int64_t in, int64_t out, bool up) {
    const auto holder = add_holder(owner, name);
    const auto conv1 = add_plain(*holder, "conv1", in, in, 3), conv2 = add_plain(*holder, "conv2", in, out, 3),
               skip = add_plain(*holder, "skip", in, out, 1, false);
    return [=](const Tensor& x) {
        const Tensor beside = skip->forward(bilinear_resized(x, up));
        return conv2->forward(bilinear_resized(conv1->forward(x, leak()), up), leak(), {beside});
    };
}

GfpganStep clean_condition(torch::nn::Module& owner, const std::string& name, int64_t channels, double) {
    const auto holder = add_holder(owner, name);
    const auto first = add_plain(*holder, "0", channels, channels, 3),
               second = add_plain(*holder, "2", channels, channels, 3);
    return [=](const Tensor& x) { return second->forward(first->forward(x, leak())); };
}

GfpganStep clean_to_rgb(torch::nn::Module& owner, const std::string& name, int64_t in) {
    return [conv = add_plain(owner, name, in, 3, 1)](const Tensor& x) { return conv->forward(x); };
}

// ---- the original one's: equalised weights, sqrt(2) lrelu(x, 0.2)

GfpganStep equal_conv(torch::nn::Module& owner, const std::string& name, int64_t in, int64_t out, int64_t kernel) {
    const auto conv = owner.register_module(name, std::make_shared<ConvLayer>(in, out, kernel));
    return [=](const Tensor& x) { return conv->forward(x); };
}

GfpganStep equal_residual(torch::nn::Module& owner, const std::string& name, int64_t in, int64_t out, bool up) {
    if (!up) {
        const auto block = owner.register_module(name, std::make_shared<ResidualDown>(in, out, Dialect::kBasicsr));
        return [=](const Tensor& x) { return block->forward(x); };
    }
    const auto holder = add_holder(owner, name);
    const auto conv1 = holder->register_module("conv1", std::make_shared<ConvLayer>(in, in, 3));
    const auto conv2 = holder->register_module("conv2", std::make_shared<EqualConv2d>(in, out, 3, 1, 1));
    const auto activation = conv2->register_module("activation", std::make_shared<FusedLeakyReLU>(out));
    const auto skip = holder->register_module("skip", std::make_shared<EqualConv2d>(in, out, 1));
    return [=](const Tensor& x) {
        const Tensor y = conv2->forward(bilinear_doubled(conv1->forward(x)),
                                        {.bias = activation->bias, .add = {skip->forward(bilinear_doubled(x))}});
        return y / std::sqrt(2.0);
    };
}

std::shared_ptr<EqualConv2d> add_equal(torch::nn::Module& owner, const std::string& name, int64_t in, int64_t out,
                                       int64_t kernel) {
    return owner.register_module(name, std::make_shared<EqualConv2d>(in, out, kernel, 1, kernel / 2, 1, true));
}

GfpganStep equal_condition(torch::nn::Module& owner, const std::string& name, int64_t channels, double last_bias) {
    const auto holder = add_holder(owner, name);
    const auto first = add_equal(*holder, "0", channels, channels, 3),
               second = add_equal(*holder, "2", channels, channels, 3);
    const at::NoGradGuard no_grad;
    second->bias.fill_(last_bias);
    return [=](const Tensor& x) { return second->forward(first->forward(x, {})); };
}

GfpganStep equal_to_rgb(torch::nn::Module& owner, const std::string& name, int64_t in) {
    return [conv = add_equal(owner, name, in, 3, 1)](const Tensor& x) { return conv->forward(x); };
}

}  // namespace

const GfpganSteps& gfpgan_steps(GfpganKind kind) {
    static constexpr GfpganSteps kClean = {clean_conv, clean_residual, clean_condition, clean_to_rgb};
    static constexpr GfpganSteps kOriginal = {equal_conv, equal_residual, equal_condition, equal_to_rgb};
    return kind == GfpganKind::kClean ? kClean : kOriginal;
}

}  // namespace bfr::nets

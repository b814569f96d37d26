// A convolution with the batch normalisations before and behind it. Published networks name and place these in many
// ways: whoever makes the layer registers them.
#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <string>
#include <vector>

#include "nets/keep_points.h"
#include "nets/ops/packed_conv.h"
#include "nets/ops/packed_depthwise.h"
#include "nets/prepare.h"

namespace torch::nn {
class BatchNorm2dImpl;
}

namespace bfr::nets {

using Norm = std::shared_ptr<torch::nn::BatchNorm2dImpl>;
Norm make_norm(int64_t channels, double epsilon = 1e-5);

struct NormedConvOptions {
    int64_t kernel = 1, stride = 1;
    DepthwiseBorder border = {};  // the same before and after, but for a depthwise layer or before the first one
    bool depthwise = false;       // each channel by a filter of its own: (channels, 1, k, k)
    bool bias = false;
};

// y = relu?(output_norm(conv(relu?(input_norm(x))))), in evaluation: a normalisation is a scale and a shift. Its own
// parameters are the convolution's, `weight` and `bias`.
struct NormedConv : torch::nn::Module, Preparable, KeepsPoints {
    NormedConv(int64_t in, int64_t out, const NormedConvOptions& options = {});
    // Each at most once, before anything is computed. The norms are the caller's to register.
    void norm_input(Norm norm, bool relu);
    void norm_output(Norm norm, bool relu = false);

    // `slope`: of a PReLU instead of the ReLU at the end, (out) or (1). `add`: what is added at the very end.
    Tensor forward(const Tensor& x, const Tensor& slope = {}, const std::vector<Tensor>& add = {}) const;
    void prepare() override;
    void keep_points() override;

    Tensor weight, bias;

  private:
    Tensor differentiable(Tensor x, const Tensor& slope, const std::vector<Tensor>& add) const;
    Tensor padded(const Tensor& x) const;
    Tensor conv(const Tensor& x) const;

    NormedConvOptions options_;
    int64_t out_;
    Norm input_norm_, output_norm_;
    bool input_relu_ = false, output_relu_ = false;
    PackedConv packed_;
    PackedDepthwise packed_depthwise_;
    InputScale from_;
    Tensor folded_bias_, relu_slope_;
};

// A module without parameters of its own below `owner`, which keys pass through: "layer1" of "layer1.0.conv1.weight".
std::shared_ptr<torch::nn::Module> add_holder(torch::nn::Module& owner, const std::string& name);

// A convolution and the norm behind it, both below `owner`.
std::shared_ptr<NormedConv> add_normed(torch::nn::Module& owner, const std::string& conv, const std::string& norm,
                                       int64_t in, int64_t out, const NormedConvOptions& options = {},
                                       bool relu = false, double epsilon = 1e-5);

}  // namespace bfr::nets

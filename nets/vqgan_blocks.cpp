#include "nets/vqgan_blocks.h"

#include <torch/torch.h>

#include <cmath>

#include "base/error.h"
#include "nets/init.h"
#include "nets/ops/attention.h"
#include "nets/ops/rearrange.h"

namespace bfr::nets::vqgan {

std::shared_ptr<NormedConv> add_conv(torch::nn::Module& owner, const std::string& name, int64_t in, int64_t out,
                                     int64_t kernel) {
    const NormedConvOptions options{.kernel = kernel, .border = {kernel / 2, kernel / 2}, .bias = true};
    return owner.register_module(name, std::make_shared<NormedConv>(in, out, options));
}

GroupNorm::GroupNorm(int64_t channels) {
    weight = register_parameter("weight", at::ones({channels}));
    bias = register_parameter("bias", at::zeros({channels}));
}

ResnetBlock::ResnetBlock(int64_t in, int64_t out, const std::string& shortcut) : in_(in), out_(out) {
    norm1_ = register_module("norm1", std::make_shared<GroupNorm>(in));
    conv1_ = add_conv(*this, "conv1", in, out, 3);
    norm2_ = register_module("norm2", std::make_shared<GroupNorm>(out));
    conv2_ = add_conv(*this, "conv2", out, out, 3);
    if (in != out) shortcut_ = add_conv(*this, shortcut, in, out, 1);
}

Tensor ResnetBlock::forward(const Tensor& x) const {
    const Tensor h = norm2_->with_swish_in_place(conv1_->forward(norm1_->with_swish(x)));
    return conv2_->forward(h, {}, {shortcut_ ? shortcut_->forward(x) : x});
}

int64_t ResnetBlock::flop(int64_t side) const {
    return conv_flop(in_, out_, 3, side) + conv_flop(out_, out_, 3, side) +
           (shortcut_ ? conv_flop(in_, out_, 1, side) : 0);
}

AttentionBlock::AttentionBlock(int64_t channels, int64_t heads, const std::string& norm,
                               const std::string& norm_of_queries)
    : channels_(channels), heads_(heads) {
    norm_ = register_module(norm, std::make_shared<GroupNorm>(channels));
    if (!norm_of_queries.empty())
        norm_of_queries_ = register_module(norm_of_queries, std::make_shared<GroupNorm>(channels));
    q_ = add_conv(*this, "q", channels, channels, 1);
    k_ = add_conv(*this, "k", channels, channels, 1);
    v_ = add_conv(*this, "v", channels, channels, 1);
    out_ = add_conv(*this, "proj_out", channels, channels, 1);
}

Tensor AttentionBlock::attend(const Tensor& queries, const Tensor& normed, const Tensor& x) const {
    const Tensor found = attention(tokens_of(q_->forward(queries)), tokens_of(k_->forward(normed)),
                                   tokens_of(v_->forward(normed)), heads_);
    return out_->forward(picture_of(found, x.size(2), x.size(3)), {}, {x});
}

Tensor AttentionBlock::forward(const Tensor& x) const {
    const Tensor normed = norm_->forward(x);
    return attend(normed, normed, x);
}

Tensor AttentionBlock::forward(const Tensor& x, const Tensor& asking) const {
    BFR_CHECK(norm_of_queries_ && asking.sizes() == x.sizes(), "queries come from a picture of the same size");
    return attend(norm_of_queries_->forward(asking), norm_->forward(x), x);
}

int64_t AttentionBlock::flop(int64_t side) const {
    const int64_t pixels = side * side;
    return 4 * conv_flop(channels_, channels_, 1, side) + 4 * pixels * pixels * channels_;
}

Downsample::Downsample(int64_t channels) : channels_(channels) {
    conv_ = register_module(
        "conv", std::make_shared<NormedConv>(
                    channels, channels,
                    NormedConvOptions{.kernel = 3, .stride = 2, .border = {.before = 0, .after = 1}, .bias = true}));
}

Upsample::Upsample(int64_t channels) : channels_(channels) { conv_ = add_conv(*this, "conv", channels, channels, 3); }

Tensor Upsample::forward(const Tensor& x) const { return conv_->forward(doubled(x)); }

Codebook::Codebook(int64_t codes, int64_t width) {
    const auto embedding = add_holder(*this, "embedding");
    weight = embedding->register_parameter("weight", initial_uniform({codes, width}, 1.0 / static_cast<double>(codes)));
}

void Codebook::prepare() {
    packed_ = PackedConv(weight.view({weight.size(0), weight.size(1), 1, 1}));
    squares_ = weight.to(at::kDouble).square().sum(1).to(at::kFloat);
}

Tensor Codebook::distances(const Tensor& x) const {
    if (!packed_.defined()) {
        const Tensor rows = tokens_of(x).reshape({-1, weight.size(1)});
        return weight.square().sum(1) - 2 * at::matmul(rows, weight.t());
    }
    const Finish with{.scale = at::full({x.size(0), weight.size(0)}, -2.0), .bias = squares_, .activate = false};
    return tokens_of(packed_(x, {}, {}, with)).reshape({-1, weight.size(0)});
}

Tensor Codebook::nearest(const Tensor& x) const { return first_largest(-distances(x)); }

// argmax() may give any of several equal ones.
Tensor first_largest(const Tensor& rows) {
    if (!std::isfinite(rows.sum(at::kDouble).item<double>()))
        throw Error("a code is to be chosen by numbers that are not finite: the weights are none that work");
    const Tensor numbers = at::arange(rows.size(1), rows.options().dtype(at::kLong)).unsqueeze(0);
    return at::where(rows == rows.amax(1, true), numbers, rows.size(1) - 1).amin(1);
}

Tensor Codebook::pictures(const Tensor& indices, int64_t height, int64_t width) const {
    const Tensor rows = weight.index_select(0, indices);
    return picture_of(rows.view({indices.size(0) / (height * width), height * width, weight.size(1)}), height, width);
}

void prepare(torch::nn::Module& net, const std::function<void()>& after_each) {
    constexpr int64_t kLargest = int64_t{256} * 256 * 9;
    std::vector<NormedConv*> small;
    for (const auto& module : net.modules(false)) {
        auto* const conv = dynamic_cast<NormedConv*>(module.get());
        if (conv && conv->weight.numel() <= kLargest) small.push_back(conv);
    }
    prepare_for_inference(net, after_each);
    const at::NoGradGuard no_grad;
    for (NormedConv* const conv : small) conv->keep_points();
}

}  // namespace bfr::nets::vqgan

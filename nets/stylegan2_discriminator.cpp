#include "nets/stylegan2_discriminator.h"

#include <torch/torch.h>

#include "base/error.h"

namespace bfr::nets {

Discriminator::Discriminator(const DiscriminatorOptions& options) {
    const auto& channels = options.channels;
    first_ = register_module("encoder_input_convs", std::make_shared<ConvLayer>(3, channels.at(options.size), 1));
    const auto blocks = register_module("encoder_convs", std::make_shared<torch::nn::Module>());
    for (int64_t side = options.size; side > 4; side /= 2) {
        blocks_.push_back(blocks->register_module(
            std::to_string(blocks_.size()), std::make_shared<ResidualDown>(channels.at(side), channels.at(side / 2))));
    }
    const int64_t last = channels.at(4);
    final_conv_ = register_module("final_conv", std::make_shared<ConvLayer>(last + 1, last, 3));
    const auto linear = register_module("final_linear", std::make_shared<torch::nn::Module>());
    linear1_ = linear->register_module("0", std::make_shared<EqualLinear>(last * 16, last, 1, true));
    linear2_ = linear->register_module("1", std::make_shared<EqualLinear>(last, 1));
}

Tensor Discriminator::forward(const Tensor& x) const {
    Tensor out = first_->forward(x);
    for (const auto& block : blocks_) out = block->forward(out);
    const int64_t batch = out.size(0), group = std::min<int64_t>(batch, 4);
    BFR_CHECK(batch % group == 0, "a batch of {} can't be split into groups of {}", batch, group);
    // over the group: samples b, b + batch / group, ... belong together
    const Tensor grouped = out.view({group, batch / group, out.size(1), out.size(2), out.size(3)});
    const Tensor deviation = at::sqrt(grouped.var(0, false) + 1e-8).mean({1, 2, 3}).view({batch / group, 1, 1, 1});
    out = at::cat({out, deviation.repeat({group, 1, out.size(2), out.size(3)})}, 1);
    return linear2_->forward(linear1_->forward(final_conv_->forward(out).flatten(1)));
}

}  // namespace bfr::nets

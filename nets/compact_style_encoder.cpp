#include "nets/compact_style_encoder.h"

#include <torch/torch.h>

#include "base/error.h"

namespace bfr::nets {

namespace {

constexpr int64_t kScales = 3;

}  // namespace

CompactStyleEncoder::CompactStyleEncoder(const CompactStyleEncoderOptions& options) : options_(options) {
    const auto& widths = options.widths;
    BFR_CHECK(std::ssize(widths) > kScales && options.codes >= kScales, "{} widths, {} codes", widths.size(),
              options.codes);
    first_ = register_module("first", std::make_shared<ConvLayer>(3, widths[0], 3));
    const auto blocks = register_module("blocks", std::make_shared<torch::nn::Module>());
    for (size_t i = 0; i + 1 < widths.size(); i++) {
        blocks_.push_back(
            blocks->register_module(std::to_string(i), std::make_shared<ResidualDown>(widths[i], widths[i + 1])));
    }
    const auto heads = register_module("heads", std::make_shared<torch::nn::Module>());
    for (int64_t i = 0; i < kScales; i++) {
        const auto head = heads->register_module(std::to_string(i), std::make_shared<torch::nn::Module>());
        const auto scale = std::ssize(widths) - 1 - i;
        const int64_t side = options.input >> scale;
        BFR_CHECK(side > 0 && options.features % (side * side) == 0, "{} features of {} pixels", options.features,
                  side * side);
        const int64_t codes = options.codes * (i + 1) / kScales - options.codes * i / kScales;
        heads_.push_back(
            {head->register_module("reduce", std::make_shared<ConvLayer>(widths[static_cast<size_t>(scale)],
                                                                         options.features / (side * side), 1)),
             head->register_module("shared", std::make_shared<EqualLinear>(options.features, options.rank, 1, true)),
             head->register_module("codes", std::make_shared<EqualLinear>(options.rank, codes * options.style_width))});
    }
}

Tensor CompactStyleEncoder::forward(const Tensor& x) const {
    BFR_CHECK(x.dim() == 4 && x.size(2) == options_.input && x.size(3) == options_.input,
              "the encoder's picture has another size than it was made for");
    std::vector<Tensor> scales;
    Tensor out = first_->forward(x.contiguous(at::MemoryFormat::ChannelsLast));
    for (const auto& block : blocks_) scales.push_back(out = block->forward(out));
    std::vector<Tensor> codes;
    for (size_t i = 0; i < heads_.size(); i++) {
        const Head& head = heads_[i];
        const Tensor features = head.reduce->forward(scales[scales.size() - 1 - i]).contiguous();
        codes.push_back(
            head.codes->forward(head.shared->forward(features.flatten(1))).view({x.size(0), -1, options_.style_width}));
    }
    return at::cat(codes, 1);
}

}  // namespace bfr::nets

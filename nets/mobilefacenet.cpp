#include "nets/mobilefacenet.h"

#include <torch/torch.h>

#include "base/error.h"

namespace bfr::nets {

namespace {

constexpr DepthwiseBorder kOne{1, 1};

Tensor between_0_and_6(const Tensor& x) { return at::hardtanh(x, 0, 6); }  // its gradient is one pass, clamp's four

// conv.0 and conv.1 (or conv1 and conv2) hold a convolution and its norm each.
std::shared_ptr<NormedConv> add_pair(torch::nn::Module& owner, const std::string& name, int64_t in, int64_t out,
                                     const NormedConvOptions& options) {
    return add_normed(*add_holder(owner, name), "0", "1", in, out, options);
}

}  // namespace

struct MobileFaceNet::Block : torch::nn::Module {
    Block(int64_t in, int64_t out, int64_t stride, int64_t expansion) : shortcut_(stride == 1 && in == out) {
        const int64_t wide = in * expansion;
        const auto conv = add_holder(*this, "conv");
        expand_ = add_pair(*conv, "0", in, wide, {});
        depthwise_ =
            add_pair(*conv, "1", wide, wide, {.kernel = 3, .stride = stride, .border = kOne, .depthwise = true});
        project_ = add_normed(*conv, "2", "3", wide, out);
    }
    Tensor forward(const Tensor& x) const {
        const Tensor wide = between_0_and_6(depthwise_->forward(between_0_and_6(expand_->forward(x))));
        return project_->forward(wide, {}, shortcut_ ? std::vector<Tensor>{x} : std::vector<Tensor>{});
    }

  private:
    bool shortcut_;
    std::shared_ptr<NormedConv> expand_, depthwise_, project_;
};

MobileFaceNet::MobileFaceNet() {
    conv1_ = add_pair(*this, "conv1", 3, 64, {.kernel = 3, .stride = 2, .border = kOne});
    const auto dw_conv = add_holder(*this, "dw_conv");
    depthwise_ =
        add_normed(*dw_conv, "depthwise", "bn1", 64, 64, {.kernel = 3, .border = kOne, .depthwise = true}, true);
    pointwise_ = add_normed(*dw_conv, "pointwise", "bn2", 64, 64, {}, true);
    const auto features = add_holder(*this, "features");
    struct Group {
        int64_t expansion, width, count, stride;
    };
    int64_t in = 64;
    for (const auto& group : {Group{2, 64, 5, 2}, {4, 128, 1, 2}, {2, 128, 6, 1}, {4, 128, 1, 2}, {2, 128, 2, 1}}) {
        for (int64_t i = 0; i < group.count; i++) {
            features_.push_back(features->register_module(
                std::to_string(features_.size()),
                std::make_shared<Block>(in, group.width, i == 0 ? group.stride : 1, group.expansion)));
            in = group.width;
        }
    }
    conv2_ = add_pair(*this, "conv2", in, 512, {});
    gdconv_ = add_normed(*add_holder(*this, "gdconv"), "depthwise", "bn", 512, 512, {.kernel = 7, .depthwise = true});
    conv3_ = add_normed(*this, "conv3", "bn", 512, 128, {.bias = true});
}

MobileFaceNet::~MobileFaceNet() = default;

Tensor MobileFaceNet::forward(const Tensor& x, Stages* stages) const {
    BFR_CHECK(x.dim() == 4 && x.size(1) == 3 && x.size(2) == kSide && x.size(3) == kSide,
              "RGB pictures of {0}x{0} pixels are needed", kSide);
    Stages here;
    here.dw_conv = pointwise_->forward(depthwise_->forward(between_0_and_6(conv1_->forward(x))));
    here.features = here.dw_conv;
    for (const auto& block : features_) here.features = block->forward(here.features);
    here.gdconv = gdconv_->forward(between_0_and_6(conv2_->forward(here.features)));
    if (stages) *stages = here;
    return conv3_->forward(here.gdconv).flatten(1).contiguous();
}

}  // namespace bfr::nets

#include "nets/psfrgan.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "base/error.h"
#include "nets/conv.h"
#include "nets/init.h"
#include "nets/keep_points.h"
#include "nets/normed_conv.h"
#include "nets/ops/packed_conv.h"
#include "nets/ops/rearrange.h"
#include "nets/ops/spade.h"
#include "nets/prepare.h"

namespace bfr::nets {

namespace {

constexpr int64_t kFirstSide = 16, kFirstWidth = 1024, kLeastWidth = 32, kMapWidth = 64,
                  kGuide = 3 + PsfrGan::kClasses;
constexpr double kLeak = 0.2;
constexpr PackedShape kSameSize{.padding = 1};

int64_t conv_flop(int64_t in, int64_t out, int64_t side) { return 2 * 9 * in * out * side * side; }

}  // namespace

// A 3x3 convolution's, whose largest singular value is taken out: what training left as its estimate, u W v.
struct PsfrGan::Weight : torch::nn::Module {
    Weight(int64_t in, int64_t out) {
        const double bound = 1 / std::sqrt(static_cast<double>(9 * in));
        original = register_parameter("weight_orig", initial_uniform({out, in, 3, 3}, bound));
        bias = register_parameter("bias", initial_uniform({out}, bound));
        // an estimate of 1 until one is loaded
        const Tensor weight = original.detach().view({out, -1});
        u = register_buffer("weight_u", at::zeros({out}));
        v = register_buffer("weight_v", at::zeros({9 * in}));
        const at::NoGradGuard no_grad;
        u[0] = 1;
        v.copy_(weight[0] / weight[0].square().sum().clamp_min(1e-30));
    }
    Tensor normalised() const {
        const int64_t out = original.size(0);
        const Tensor sigma = at::dot(u, at::mv(original.view({out, -1}), v));
        return original / sigma;
    }
    Tensor by_operations(const Tensor& x) const { return conv2d(x, normalised(), {.padding = {1, 1}}, bias); }

    Tensor original, bias, u, v;
};

struct PsfrGan::Conv : PsfrGan::Weight, Preparable, KeepsPoints {
    Conv(int64_t in, int64_t out) : Weight(in, out), small_(in * out <= int64_t{256} * 256) {}
    Tensor forward(const Tensor& x, bool leaky = false, const std::vector<Tensor>& add = {}) const {
        Finish with{.activate = false, .add = add};
        if (leaky) with.slope = at::full({bias.size(0)}, kLeak, bias.options());
        if (!packed_.defined()) return finish(by_operations(x), with);
        with.bias = bias;
        return packed_(x, kSameSize, {}, with);
    }
    void prepare() override {
        packed_ = PackedConv(normalised());
        release(original);
    }
    // Of a wider one it is more memory to read than it saves in arithmetic.
    void keep_points() override {
        if (small_) packed_.keep_points();
    }

  private:
    bool small_;
    PackedConv packed_;
};

// What a pixel is scaled by and what is added, from the guide of the same size.
struct PsfrGan::Norm : torch::nn::Module, Preparable, KeepsPoints {
    explicit Norm(int64_t channels) {
        first_ = add_holder(*this, "conv1")->register_module("0", std::make_shared<Conv>(kGuide, kMapWidth));
        gamma_ = register_module("gamma_conv", std::make_shared<Weight>(kMapWidth, channels));
        beta_ = register_module("beta_conv", std::make_shared<Weight>(kMapWidth, channels));
    }
    // The activation that follows it is in it.
    Tensor forward(const Tensor& x, const Tensor& guide) const {
        const Tensor h = first_->forward(guide, true);
        if (packed_.defined())
            return spade(x, packed_(h, kSameSize, {}, {.bias = bias_, .activate = false}), kLeak);
        return spade(x, at::cat({gamma_->by_operations(h), beta_->by_operations(h)}, 1), kLeak);
    }
    void prepare() override {
        packed_ = PackedConv(at::cat({gamma_->normalised(), beta_->normalised()}));
        bias_ = at::cat({gamma_->bias, beta_->bias});
        release(gamma_->original);
        release(beta_->original);
    }
    void keep_points() override { packed_.keep_points(); }

  private:
    std::shared_ptr<Conv> first_;
    std::shared_ptr<Weight> gamma_, beta_;
    PackedConv packed_;
    Tensor bias_;
};

struct PsfrGan::Block : torch::nn::Module {
    explicit Block(int64_t channels) {
        conv0_ = register_module("conv_0", std::make_shared<Conv>(channels, channels));
        conv1_ = register_module("conv_1", std::make_shared<Conv>(channels, channels));
        norm0_ = register_module("norm_0", std::make_shared<Norm>(channels));
        norm1_ = register_module("norm_1", std::make_shared<Norm>(channels));
    }
    Tensor forward(const Tensor& x, const Tensor& guide) const {
        const Tensor h = conv0_->forward(norm0_->forward(x, guide));
        return conv1_->forward(norm1_->forward(h, guide), false, {x});
    }
    static int64_t flop(int64_t channels, int64_t side) {
        return 2 * (conv_flop(channels, channels, side) + conv_flop(kGuide, kMapWidth, side) +
                    conv_flop(kMapWidth, 2 * channels, side));
    }

  private:
    std::shared_ptr<Conv> conv0_, conv1_;
    std::shared_ptr<Norm> norm0_, norm1_;
};

struct PsfrGan::Level {
    int64_t side;
    std::shared_ptr<Conv> grow;  // after each pixel was made four; null at the first
    std::shared_ptr<Block> block;
};

PsfrGan::PsfrGan() {
    constant_ = register_parameter("const_input", initial_normal({1, kFirstWidth, kFirstSide, kFirstSide}));
    const auto head = add_holder(*this, "head"), body = add_holder(*this, "body");
    first_ = head->register_module("0", std::make_shared<Weight>(kFirstWidth, kFirstWidth));
    levels_.push_back({kFirstSide, nullptr, head->register_module("1", std::make_shared<Block>(kFirstWidth))});
    flop_ = Block::flop(kFirstWidth, kFirstSide);
    int64_t width = kFirstWidth;
    for (int64_t side = 2 * kFirstSide, i = 0; side <= kSide; side *= 2, i++) {
        const int64_t out = std::max(kLeastWidth, width / 2);
        const auto level = add_holder(*body, std::to_string(i));
        levels_.push_back({side, level->register_module("1", std::make_shared<Conv>(width, out)),
                           level->register_module("2", std::make_shared<Block>(out))});
        flop_ += conv_flop(width, out, side) + Block::flop(out, side);
        width = out;
    }
    to_image_ = register_module("img_out", std::make_shared<Conv>(width, 3));
    flop_ += conv_flop(width, 3, kSide);
}

PsfrGan::~PsfrGan() = default;

Tensor PsfrGan::start() const {
    return prepared_start_.defined() ? prepared_start_ : first_->by_operations(constant_);
}

PsfrGan::Result PsfrGan::forward(const Tensor& x, const Tensor& parts, bool features) const {
    BFR_CHECK(x.size(2) == kSide && x.size(3) == kSide && parts.size(1) == kClasses &&
                  parts.sizes().slice(2) == x.sizes().slice(2),
              "a face of {}x{} with a map of {} classes", x.size(3), x.size(2), parts.size(1));
    const Tensor guide = at::cat({x, parts}, 1).contiguous();
    Result result;
    Tensor h = start().expand({x.size(0), -1, -1, -1});
    for (const auto& [side, grow, block] : levels_) {
        if (grow) h = grow->forward(doubled(h));
        const Tensor here = side == kSide ? guide : at::upsample_bicubic2d(guide, {side, side}, false);
        h = block->forward(h, here.contiguous(at::MemoryFormat::ChannelsLast));
        if (features) result.features.push_back(h);
    }
    result.image = to_image_->forward(h);
    return result;
}

void prepare(PsfrGan& net, const std::function<void()>& after_each) {
    const at::NoGradGuard no_grad;
    net.prepared_start_ = net.start().contiguous(at::MemoryFormat::ChannelsLast);
    release(net.first_->original);
    prepare_for_inference(net, after_each);
    keep_points(net);
}

}  // namespace bfr::nets

#include "nets/inception_fid.h"

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include <atomic>
#include <string>

#include "base/error.h"
#include "nets/conv.h"
#include "nets/init.h"
#include "nets/linear.h"
#include "nets/ops/channelwise.h"
#include "nets/ops/empty_picture.h"
#include "nets/ops/packed_conv.h"
#include "nets/ops/pooling.h"
#include "nets/prepare.h"

namespace bfr::nets {
using at::Tensor;

namespace {

struct Kernel {
    int64_t height, width, stride = 1, pad_y = 0, pad_x = 0;
    // Whether Winograd's form of the weights is kept, all in all 70 MB beside the 95 MB of the weights.
    bool keeps_points = false;
};

constexpr Kernel k1x1{1, 1}, k3x3{3, 3, 1, 1, 1, true}, k5x5{5, 5, 1, 2, 2, true}, k1x7{1, 7, 1, 0, 3, true},
    k7x1{7, 1, 1, 3, 0, true}, k1x3{1, 3, 1, 0, 1, true}, k3x1{3, 1, 1, 1, 0, true}, kHalving{3, 3, 2},
    k3x3Valid{3, 3, 1, 0, 0, true};
// Of maps of 8x8 pixels: four times the weights would be read for four tiles.
constexpr Kernel k3x3Deep{3, 3, 1, 1, 1};

enum class Pool { kNone, kMean, kMax, kHalving };

Tensor pooled(const Tensor& x, Pool pool) {
    switch (pool) {
        case Pool::kMean:
            return at::avg_pool2d(x, {3, 3}, {1, 1}, {1, 1}, /*ceil_mode=*/false, /*count_include_pad=*/false);
        case Pool::kMax:
            return at::max_pool2d(x, {3, 3}, {1, 1}, {1, 1});
        case Pool::kHalving:
            return max_pool(x, 3, false);
        case Pool::kNone:
            break;
    }
    return x;
}

}  // namespace

// torchvision's BasicConv2d: a convolution without bias, batch normalisation, ReLU.
struct InceptionConv : torch::nn::Module, Preparable {
    InceptionConv(int64_t in, int64_t out, const Kernel& kernel) : kernel_(kernel) {
        const auto conv = register_module("conv", std::make_shared<torch::nn::Module>());
        const double bound = 1 / std::sqrt(static_cast<double>(in * kernel.height * kernel.width));
        weight_ = conv->register_parameter("weight", initial_uniform({out, in, kernel.height, kernel.width}, bound));
        norm_ = register_module(
            "bn", std::make_shared<torch::nn::BatchNorm2dImpl>(torch::nn::BatchNorm2dOptions(out).eps(0.001)));
    }

    Tensor forward(const Tensor& x) {
        if (prepared()) return packed_(x, packed_shape(), {}, finish());
        return at::relu(norm_->forward(conv2d(
            x, weight_, {.stride = {kernel_.stride, kernel_.stride}, .padding = {kernel_.pad_y, kernel_.pad_x}})));
    }

    void prepare() override {
        const Tensor scale = norm_->weight * at::rsqrt(norm_->running_var + norm_->options.eps());
        packed_ = PackedConv(weight_ * scale.view({-1, 1, 1, 1}));
        if (kernel_.keeps_points) packed_.keep_points();
        bias_ = norm_->bias - norm_->running_mean * scale;
        zeros_ = at::zeros_like(bias_);  // a ReLU is a PReLU of slope 0
        release(weight_);
    }

    // What follows serves a prepared layer.
    bool prepared() const { return packed_.defined(); }
    int64_t out() const { return packed_.out(); }
    int64_t side(int64_t n) const { return kernel_.stride == 2 ? max_pool_side(n, 3, false) : n; }  // inside a block
    void into(Tensor& to, int64_t first, const Tensor& x) const {
        packed_.into(to, first, x, packed_shape(), {}, finish());
    }
    // The layer of x's means over 3x3 pixels: as the sums are the same in either order, of fewer channels.
    void means_into(Tensor& to, int64_t first, const Tensor& x) const {
        mean_pool_into(to, first, packed_(x, packed_shape(), {}, {.activate = false}), finish());
    }

  private:
    Finish finish() const { return {.bias = bias_, .activate = false, .slope = zeros_}; }
    PackedShape packed_shape() const { return {kernel_.stride, kernel_.pad_y, 1, kernel_.pad_x}; }

    Kernel kernel_;
    Tensor weight_;
    std::shared_ptr<torch::nn::BatchNorm2dImpl> norm_;
    PackedConv packed_;
    Tensor bias_, zeros_;
};

// Branches side by side, each a chain of convolutions, perhaps behind a pool; one may end in two convolutions of the
// same input.
struct InceptionBlock : torch::nn::Module {
    struct Branch {
        Pool pool = Pool::kNone;
        std::vector<std::shared_ptr<InceptionConv>> chain, fork;
    };
    struct Named {
        std::string name;
        int64_t out;
        Kernel kernel;
    };

    void add(int64_t in, const std::vector<Named>& chain, const std::vector<Named>& fork = {},
             Pool pool = Pool::kNone) {
        Branch branch;
        branch.pool = pool;
        for (const auto& one : chain) {
            branch.chain.push_back(register_module(one.name, std::make_shared<InceptionConv>(in, one.out, one.kernel)));
            in = one.out;
        }
        for (const auto& one : fork) {
            branch.fork.push_back(register_module(one.name, std::make_shared<InceptionConv>(in, one.out, one.kernel)));
        }
        branches_.push_back(std::move(branch));
    }

    Tensor forward(const Tensor& x) const {
        if (branches_[0].chain[0]->prepared()) return joined(x);
        std::vector<Tensor> parts;
        for (const auto& branch : branches_) {
            Tensor y = pooled(x, branch.pool);
            for (const auto& conv : branch.chain) y = conv->forward(y);
            if (branch.fork.empty()) parts.push_back(y);
            for (const auto& conv : branch.fork) parts.push_back(conv->forward(y));
        }
        return at::cat(parts, 1);
    }

  private:
    // Each branch writes its own channels of the result.
    Tensor joined(const Tensor& x) const {
        int64_t channels = 0, height = x.size(2), width = x.size(3);
        for (const auto& conv : branches_[0].chain) height = conv->side(height), width = conv->side(width);
        for (const auto& branch : branches_) {
            for (const auto& conv : branch.fork) channels += conv->out();
            if (branch.fork.empty()) channels += branch.chain.empty() ? x.size(1) : branch.chain.back()->out();
        }
        Tensor to = empty_picture(x.size(0), channels, height, width);
        int64_t first = 0;
        for (const auto& [pool, chain, fork] : branches_) {
            if (chain.empty()) {
                max_pool_into(to, first, x, 2);
                first += x.size(1);
            } else if (pool == Pool::kMean) {
                chain[0]->means_into(to, first, x);
                first += chain[0]->out();
            } else {
                Tensor y = x;
                if (pool == Pool::kMax) {
                    y = empty_picture(x.size(0), x.size(1), height, width);
                    max_pool_into(y, 0, x, 1);
                }
                const size_t before = fork.empty() ? chain.size() - 1 : chain.size();
                for (size_t i = 0; i < before; i++) y = chain[i]->forward(y);
                for (const auto& last : fork.empty() ? std::vector{chain.back()} : fork) {
                    last->into(to, first, y);
                    first += last->out();
                }
            }
        }
        return to;
    }

    std::vector<Branch> branches_;
};

namespace {

using BlockPtr = std::shared_ptr<InceptionBlock>;

BlockPtr block_a(int64_t in, int64_t pooled) {
    auto block = std::make_shared<InceptionBlock>();
    block->add(in, {{"branch1x1", 64, k1x1}});
    block->add(in, {{"branch5x5_1", 48, k1x1}, {"branch5x5_2", 64, k5x5}});
    block->add(in, {{"branch3x3dbl_1", 64, k1x1}, {"branch3x3dbl_2", 96, k3x3}, {"branch3x3dbl_3", 96, k3x3}});
    block->add(in, {{"branch_pool", pooled, k1x1}}, {}, Pool::kMean);
    return block;
}

BlockPtr block_b(int64_t in) {
    auto block = std::make_shared<InceptionBlock>();
    block->add(in, {{"branch3x3", 384, kHalving}});
    block->add(in, {{"branch3x3dbl_1", 64, k1x1}, {"branch3x3dbl_2", 96, k3x3}, {"branch3x3dbl_3", 96, kHalving}});
    block->add(in, {}, {}, Pool::kHalving);
    return block;
}

BlockPtr block_c(int64_t in, int64_t inner) {
    auto block = std::make_shared<InceptionBlock>();
    block->add(in, {{"branch1x1", 192, k1x1}});
    block->add(in, {{"branch7x7_1", inner, k1x1}, {"branch7x7_2", inner, k1x7}, {"branch7x7_3", 192, k7x1}});
    block->add(in, {{"branch7x7dbl_1", inner, k1x1},
                    {"branch7x7dbl_2", inner, k7x1},
                    {"branch7x7dbl_3", inner, k1x7},
                    {"branch7x7dbl_4", inner, k7x1},
                    {"branch7x7dbl_5", 192, k1x7}});
    block->add(in, {{"branch_pool", 192, k1x1}}, {}, Pool::kMean);
    return block;
}

BlockPtr block_d(int64_t in) {
    auto block = std::make_shared<InceptionBlock>();
    block->add(in, {{"branch3x3_1", 192, k1x1}, {"branch3x3_2", 320, kHalving}});
    block->add(in, {{"branch7x7x3_1", 192, k1x1},
                    {"branch7x7x3_2", 192, k1x7},
                    {"branch7x7x3_3", 192, k7x1},
                    {"branch7x7x3_4", 192, kHalving}});
    block->add(in, {}, {}, Pool::kHalving);
    return block;
}

BlockPtr block_e(int64_t in, Pool pool) {
    auto block = std::make_shared<InceptionBlock>();
    block->add(in, {{"branch1x1", 320, k1x1}});
    block->add(in, {{"branch3x3_1", 384, k1x1}}, {{"branch3x3_2a", 384, k1x3}, {"branch3x3_2b", 384, k3x1}});
    block->add(in, {{"branch3x3dbl_1", 448, k1x1}, {"branch3x3dbl_2", 384, k3x3Deep}},
               {{"branch3x3dbl_3a", 384, k1x3}, {"branch3x3dbl_3b", 384, k3x1}});
    block->add(in, {{"branch_pool", 192, k1x1}}, {}, pool);
    return block;
}

}  // namespace

InceptionFid::InceptionFid() {
    const auto conv = [&](const std::string& name, int64_t in, int64_t out, const Kernel& kernel) {
        stem_.push_back(register_module(name, std::make_shared<InceptionConv>(in, out, kernel)));
    };
    conv("Conv2d_1a_3x3", 3, 32, kHalving);
    conv("Conv2d_2a_3x3", 32, 32, k3x3Valid);
    conv("Conv2d_2b_3x3", 32, 64, k3x3);
    conv("Conv2d_3b_1x1", 64, 80, k1x1);
    conv("Conv2d_4a_3x3", 80, 192, k3x3Valid);
    const auto mixed = [&](const std::string& name, BlockPtr block) {
        mixed_.push_back(register_module("Mixed_" + name, std::move(block)));
    };
    mixed("5b", block_a(192, 32));
    mixed("5c", block_a(256, 64));
    mixed("5d", block_a(288, 64));
    mixed("6a", block_b(288));
    mixed("6b", block_c(768, 128));
    mixed("6c", block_c(768, 160));
    mixed("6d", block_c(768, 160));
    mixed("6e", block_c(768, 192));
    mixed("7a", block_d(768));
    mixed("7b", block_e(1280, Pool::kMean));
    mixed("7c", block_e(2048, Pool::kMax));
    fc_ = register_module("fc", std::make_shared<Linear>(kFeatures, kClasses));
    eval();
}

InceptionFid::~InceptionFid() = default;

std::array<Tensor, 4> InceptionFid::blocks(const Tensor& x) const {
    BFR_CHECK(x.dim() == 4 && x.size(1) == 3, "Inception takes (B, 3, H, W)");
    Tensor y = x.contiguous(at::MemoryFormat::ChannelsLast);
    for (size_t i = 0; i < 3; i++) y = stem_[i]->forward(y);
    const Tensor block0 = max_pool(y, 3, false);
    y = block0;
    for (size_t i = 3; i < stem_.size(); i++) y = stem_[i]->forward(y);
    const Tensor block1 = max_pool(y, 3, false);
    y = block1;
    constexpr size_t kOfBlock2 = 8;
    for (size_t i = 0; i < kOfBlock2; i++) y = mixed_[i]->forward(y);
    const Tensor block2 = y;
    for (size_t i = kOfBlock2; i < mixed_.size(); i++) y = mixed_[i]->forward(y);
    return {block0, block1, block2, spatial_mean(y)};
}

Tensor InceptionFid::forward(const Tensor& x) const {
    if (x.size(0) == 1 || at::in_parallel_region() || at::GradMode::is_enabled()) return blocks(x)[3].flatten(1);
    // Pictures side by side need no meeting point after each layer; who is done takes the next one.
    Tensor all = at::empty({x.size(0), kFeatures}, x.options());
    std::atomic<int64_t> next = 0;
    at::parallel_for(0, std::min<int64_t>(x.size(0), at::get_num_threads()), 1, [&](int64_t, int64_t) {
        const at::NoGradGuard no_grad;  // each thread has its own mode
        for (int64_t i = next++; i < x.size(0); i = next++) all[i].copy_(blocks(x.narrow(0, i, 1))[3].flatten());
    });
    return all;
}

Tensor InceptionFid::logits(const Tensor& pool3) const { return fc_->forward(pool3); }

}  // namespace bfr::nets

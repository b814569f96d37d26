#include "nets/face_alignment.h"

#include <torch/torch.h>

#include "base/error.h"
#include "nets/ops/residual.h"

namespace bfr::nets {

namespace {

constexpr int64_t kWidth = 256;
constexpr int kDepth = 4;
constexpr double kBoundaryFrom = 0.05;

// (1, 3, side, side): the row and the column in [-1, 1], in this order, and the distance from the middle, at most one.
// The authors call the row x.
Tensor coordinates(int64_t side) {
    const Tensor line = at::arange(side).to(at::kFloat) / static_cast<double>(side - 1) * 2 - 1;
    const Tensor rows = line.view({1, 1, side, 1}).expand({1, 1, side, side});
    const Tensor columns = line.view({1, 1, 1, side}).expand({1, 1, side, side});
    const Tensor radius = at::sqrt(rows.square() + columns.square());
    return at::cat({rows, columns, radius / radius.max()}, 1).contiguous(at::MemoryFormat::ChannelsLast);
}

Tensor with_coordinates(const Tensor& x, const Tensor& places) {
    return at::cat({x, places.expand({x.size(0), -1, -1, -1})}, 1);
}

}  // namespace

// Three convolutions, each normalised and cut at zero before it, whose results lie one behind the other.
struct FaceAlignmentNet::Block : torch::nn::Module {
    Block(int64_t in, int64_t out) {
        conv1_ = add(*this, "bn1", "conv1", in, out / 2, 3);
        conv2_ = add(*this, "bn2", "conv2", out / 2, out / 4, 3);
        conv3_ = add(*this, "bn3", "conv3", out / 4, out / 4, 3);
        if (in != out) downsample_ = add(*add_holder(*this, "downsample"), "0", "2", in, out, 1);
    }
    Tensor forward(const Tensor& x) const {
        const Tensor a = conv1_->forward(x), b = conv2_->forward(a), c = conv3_->forward(b);
        return joined_plus({a, b, c}, downsample_ ? downsample_->forward(x) : x);
    }

  private:
    static std::shared_ptr<NormedConv> add(torch::nn::Module& owner, const char* norm, const char* conv, int64_t in,
                                           int64_t out, int64_t kernel) {
        const auto layer = owner.register_module(
            conv, std::make_shared<NormedConv>(
                      in, out, NormedConvOptions{.kernel = kernel, .border = {kernel / 2, kernel / 2}}));
        layer->norm_input(owner.register_module(norm, make_norm(in)), true);
        return layer;
    }
    std::shared_ptr<NormedConv> conv1_, conv2_, conv3_, downsample_;
};

struct FaceAlignmentNet::HourGlass : torch::nn::Module {
    // `coordinate_channels`: how many are appended to its input first; 0: it's taken as it is.
    explicit HourGlass(int64_t coordinate_channels) {
        if (coordinate_channels > 0) {
            coordconv_ =
                add_holder(*this, "coordconv")
                    ->register_module("conv", std::make_shared<NormedConv>(kWidth + coordinate_channels, kWidth,
                                                                           NormedConvOptions{.bias = true}));
            coordinates_ = coordinates(kMapSide);
        }
        add(kDepth);
    }
    // `boundary`: the boundary's map of the stack before, or undefined.
    Tensor forward(const Tensor& x, const Tensor& boundary) const {
        if (!coordconv_) return level(kDepth, x);
        Tensor with = with_coordinates(x, coordinates_);
        if (boundary.defined()) {
            const Tensor near = coordinates_.narrow(1, 0, 2) * (boundary > kBoundaryFrom).to(x.scalar_type());
            with = at::cat({with, near}, 1);
        }
        return level(kDepth, coordconv_->forward(with));
    }

  private:
    struct Level {
        std::shared_ptr<Block> upper, lower, between, back;
    };
    void add(int depth) {
        const auto block = [&](const std::string& name) {
            return register_module(name + std::to_string(depth), std::make_shared<Block>(kWidth, kWidth));
        };
        Level& here = levels_[static_cast<size_t>(depth)];
        here.upper = block("b1_");
        here.lower = block("b2_");
        if (depth == 1) {
            here.between = block("b2_plus_");
        } else {
            add(depth - 1);
        }
        here.back = block("b3_");
    }
    Tensor level(int depth, const Tensor& x) const {
        const Level& here = levels_[static_cast<size_t>(depth)];
        const Tensor low = here.lower->forward(at::avg_pool2d(x, 2, 2));
        const Tensor back = here.back->forward(depth > 1 ? level(depth - 1, low) : here.between->forward(low));
        return plus_doubled(here.upper->forward(x), back);
    }

    std::shared_ptr<NormedConv> coordconv_;
    Tensor coordinates_;
    std::array<Level, kDepth + 1> levels_;  // the first is unused
};

// conv1 and bn1. Adaptive Wing's convolution lies below conv1.conv, and takes coordinates too.
struct FaceAlignmentNet::Stem {
    Stem(FaceAlignmentNet& owner, bool with_places) {
        const NormedConvOptions options{.kernel = 7, .stride = 2, .border = {3, 3}, .bias = true};
        if (with_places) {
            conv = add_holder(owner, "conv1")->register_module("conv", std::make_shared<NormedConv>(6, 64, options));
            places = coordinates(kSide);
        } else {
            conv = owner.register_module("conv1", std::make_shared<NormedConv>(3, 64, options));
        }
        conv->norm_output(owner.register_module("bn1", make_norm(64)), true);
    }
    Tensor forward(const Tensor& x) const { return conv->forward(places.defined() ? with_coordinates(x, places) : x); }

    std::shared_ptr<NormedConv> conv;
    Tensor places;
};

// Modules of one number, which stand side by side in the network: m0, top_m_0, conv_last0, bn_end0, l0, bl0, al0.
struct FaceAlignmentNet::Stack {
    Stack(FaceAlignmentNet& owner, const FaceAlignmentOptions& options, int64_t index) {
        const std::string number = std::to_string(index);
        const int64_t maps = options.landmarks + (options.boundary ? 1 : 0);
        const auto plain = [&](const char* name, int64_t in, int64_t out) {
            return owner.register_module(name + number,
                                         std::make_shared<NormedConv>(in, out, NormedConvOptions{.bias = true}));
        };
        const int64_t coordinate_channels = !options.boundary ? 0 : index == 0 ? 3 : 5;
        hourglass = owner.register_module("m" + number, std::make_shared<HourGlass>(coordinate_channels));
        top = owner.register_module("top_m_" + number, std::make_shared<Block>(kWidth, kWidth));
        conv_last = plain("conv_last", kWidth, kWidth);
        conv_last->norm_output(owner.register_module("bn_end" + number, make_norm(kWidth)), true);
        to_maps = plain("l", kWidth, maps);
        if (index + 1 < options.stacks) {
            from_features = plain("bl", kWidth, kWidth);
            from_maps = plain("al", maps, kWidth);
        }
    }
    std::shared_ptr<HourGlass> hourglass;
    std::shared_ptr<Block> top;
    std::shared_ptr<NormedConv> conv_last, to_maps, from_features, from_maps;  // the last two: but for the last stack
};

FaceAlignmentNet::FaceAlignmentNet(const FaceAlignmentOptions& options) : options_(options) {
    BFR_CHECK(options.landmarks > 0 && options.stacks > 0, "{} landmarks by {} stacks", options.landmarks,
              options.stacks);
    stem_ = std::make_shared<Stem>(*this, options.boundary);
    conv2_ = register_module("conv2", std::make_shared<Block>(64, 128));
    conv3_ = register_module("conv3", std::make_shared<Block>(128, 128));
    conv4_ = register_module("conv4", std::make_shared<Block>(128, kWidth));
    for (int64_t i = 0; i < options.stacks; i++) stacks_.push_back(std::make_shared<Stack>(*this, options, i));
}

FaceAlignmentNet::~FaceAlignmentNet() = default;

std::vector<Tensor> FaceAlignmentNet::forward(const Tensor& given) const {
    BFR_CHECK(given.dim() == 4 && given.size(1) == 3 && given.size(2) == kSide && given.size(3) == kSide,
              "RGB pictures of {0}x{0} pixels are needed", kSide);
    const Tensor x = stem_->forward(given.contiguous(at::MemoryFormat::ChannelsLast));
    Tensor previous = conv4_->forward(conv3_->forward(at::avg_pool2d(conv2_->forward(x), 2, 2)));
    std::vector<Tensor> maps;
    for (const auto& stack : stacks_) {
        const Tensor boundary =
            options_.boundary && !maps.empty() ? maps.back().narrow(1, options_.landmarks, 1) : Tensor();
        const Tensor features =
            stack->conv_last->forward(stack->top->forward(stack->hourglass->forward(previous, boundary)));
        maps.push_back(stack->to_maps->forward(features));
        if (stack->from_features)
            previous =
                stack->from_features->forward(features, {}, {stack->from_maps->forward(maps.back(), {}, {previous})});
    }
    return maps;
}

}  // namespace bfr::nets

#include "nets/feature_trunk.h"

#include <torch/torch.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "nets/conv_layer.h"
#include "nets/ops/empty_picture.h"
#include "nets/ops/pooling.h"

namespace bfr::nets {

namespace {

// torchvision's order; a layer's ReLU has the index after it.
struct Plan {
    enum Kind { kConv, kFire, kPool } kind;
    int64_t index;
    int64_t kernel = 0, stride = 1, padding = 0;  // of a convolution; a pooling's kernel
    int64_t in = 0, out = 0;                      // channels
    int64_t squeezed = 0;                         // of a fire module
    bool tap = false;
};

constexpr int64_t kVggSides[] = {64, 128, 256, 512, 512};
constexpr int kVggConvs[] = {2, 2, 3, 3, 3};

std::vector<Plan> vgg16() {
    std::vector<Plan> plan;
    int64_t index = 0, in = 3;
    for (size_t stage = 0; stage < std::size(kVggSides); stage++) {
        if (stage > 0) plan.push_back({.kind = Plan::kPool, .index = index++, .kernel = 2});
        for (int i = 1; i <= kVggConvs[stage]; i++, index += 2) {
            const bool tap = i == kVggConvs[stage];
            plan.push_back({Plan::kConv, index, 3, 1, 1, in, kVggSides[stage], 0, tap});
            in = kVggSides[stage];
        }
    }
    return plan;
}

std::vector<Plan> plan_of(TrunkNet net) {
    const auto pool = [](int64_t index) { return Plan{.kind = Plan::kPool, .index = index, .kernel = 3}; };
    const auto fire = [](int64_t index, int64_t in, int64_t squeezed, int64_t out, bool tap) {
        return Plan{.kind = Plan::kFire, .index = index, .in = in, .out = out, .squeezed = squeezed, .tap = tap};
    };
    switch (net) {
        case TrunkNet::kAlexNet:
            return {{Plan::kConv, 0, 11, 4, 2, 3, 64, 0, true},   pool(2),
                    {Plan::kConv, 3, 5, 1, 2, 64, 192, 0, true},  pool(5),
                    {Plan::kConv, 6, 3, 1, 1, 192, 384, 0, true}, {Plan::kConv, 8, 3, 1, 1, 384, 256, 0, true},
                    {Plan::kConv, 10, 3, 1, 1, 256, 256, 0, true}};
        case TrunkNet::kSqueezeNet:
            return {{Plan::kConv, 0, 3, 2, 0, 3, 64, 0, true},
                    pool(2),
                    fire(3, 64, 16, 128, false),
                    fire(4, 128, 16, 128, true),
                    pool(5),
                    fire(6, 128, 32, 256, false),
                    fire(7, 256, 32, 256, true),
                    pool(8),
                    fire(9, 256, 48, 384, true),
                    fire(10, 384, 48, 384, true),
                    fire(11, 384, 64, 512, true),
                    fire(12, 512, 64, 512, true)};
        case TrunkNet::kVgg16:
            break;
    }
    return vgg16();
}

// A convolution and its ReLU.
struct ConvRelu : Conv2d, Preparable {
    using Conv2d::Conv2d;

    void prepare() override {
        packed_ = PackedConv(weight);
        if (packed_.kernel() > 1 && options.stride == 1) packed_.keep_points();
        slope_ = at::zeros_like(bias);
        release(weight);
    }

    Tensor forward(const Tensor& x, const InputScale& from = {}) const {
        if (packed_.defined()) return packed_(x, shape(), from, finish());
        if (!from.scale.defined()) return at::relu(Conv2d::forward(x));
        return at::relu(Conv2d::forward(x * from.scale.view({1, -1, 1, 1}) + from.shift.view({1, -1, 1, 1})));
    }

    // Both side by side.
    static Tensor joined(const ConvRelu& first, const ConvRelu& second, const Tensor& x) {
        if (!first.packed_.defined()) return at::cat({first.forward(x), second.forward(x)}, 1);
        const int64_t out = first.packed_.out();
        Tensor to = empty_picture(x.size(0), out + second.packed_.out(), x.size(2), x.size(3));
        first.packed_.into(to, 0, x, first.shape(), {}, first.finish());
        second.packed_.into(to, out, x, second.shape(), {}, second.finish());
        return to;
    }

  private:
    PackedShape shape() const { return {options.stride, options.padding}; }
    Finish finish() const { return {.bias = bias, .activate = false, .slope = slope_}; }

    PackedConv packed_;
    Tensor slope_;
};

// Cuts "PREFIXn." off a name that begins so.
bool skip_numbered(std::string_view& name, std::string_view prefix) {
    if (!name.starts_with(prefix)) return false;
    const size_t end = name.find_first_not_of("0123456789", prefix.size());
    if (end == prefix.size() || end == std::string_view::npos || name[end] != '.') return false;
    name.remove_prefix(end + 1);
    return true;
}

bool starts_any(std::string_view name, std::initializer_list<std::string_view> prefixes) {
    return std::any_of(prefixes.begin(), prefixes.end(), [&](auto prefix) { return name.starts_with(prefix); });
}

}  // namespace

struct FeatureTrunk::Layer {
    Plan plan;
    std::shared_ptr<ConvRelu> conv, expand1x1, expand3x3;  // a fire module's squeeze, and what follows it

    Layer(const Plan& given, torch::nn::Module& features) : plan(given) {
        const std::string name = std::to_string(plan.index);
        if (plan.kind == Plan::kConv) {
            const Conv2dOptions options{plan.stride, plan.padding};
            conv = features.register_module(name, std::make_shared<ConvRelu>(plan.in, plan.out, plan.kernel, options));
        } else if (plan.kind == Plan::kFire) {
            const auto fire = features.register_module(name, std::make_shared<torch::nn::Module>());
            const int64_t squeezed = plan.squeezed, half = plan.out / 2;
            conv = fire->register_module("squeeze", std::make_shared<ConvRelu>(plan.in, squeezed, 1));
            expand1x1 = fire->register_module("expand1x1", std::make_shared<ConvRelu>(squeezed, half, 1));
            expand3x3 = fire->register_module(
                "expand3x3", std::make_shared<ConvRelu>(squeezed, half, 3, Conv2dOptions{.padding = 1}));
        }
    }
};

FeatureTrunk::FeatureTrunk(TrunkNet net) : ceil_(net == TrunkNet::kSqueezeNet) {
    const auto features = register_module("features", std::make_shared<torch::nn::Module>());
    for (const auto& plan : plan_of(net)) layers_.emplace_back(plan, *features);
}

FeatureTrunk::~FeatureTrunk() = default;

std::vector<Tensor> FeatureTrunk::features(const Tensor& picture, const InputScale& normalisation,
                                           Pooling pooling) const {
    BFR_CHECK(picture.dim() == 4 && picture.size(1) == 3 &&
                  std::min(picture.size(2), picture.size(3)) >= smallest_side(pooling),
              "pictures of 3 channels and at least {} pixels a side are needed", smallest_side(pooling));
    std::vector<Tensor> taps;
    Tensor x = picture.contiguous(at::MemoryFormat::ChannelsLast);
    for (const auto& layer : layers_) {
        if (layer.plan.kind == Plan::kPool) {
            x = pooling == Pooling::kL2 ? l2_pool(x) : max_pool(x, layer.plan.kernel, ceil_);
            continue;
        }
        x = layer.conv->forward(x, &layer == layers_.data() ? normalisation : InputScale{});
        if (layer.plan.kind == Plan::kFire) x = ConvRelu::joined(*layer.expand1x1, *layer.expand3x3, x);
        if (layer.plan.tap) taps.push_back(x);
    }
    return taps;
}

std::vector<int64_t> FeatureTrunk::channels() const {
    std::vector<int64_t> result;
    for (const auto& layer : layers_) {
        if (layer.plan.tap) result.push_back(layer.plan.out);
    }
    return result;
}

int64_t FeatureTrunk::smallest_side(Pooling pooling) const {
    for (int64_t side = 1;; side++) {
        int64_t left = side;
        for (const auto& layer : layers_) {
            const Plan& plan = layer.plan;
            if (plan.kind == Plan::kPool) {
                left = pooling == Pooling::kL2 ? l2_pool_side(left) : max_pool_side(left, plan.kernel, ceil_);
            } else if (plan.kind == Plan::kConv) {
                const int64_t more = left + 2 * plan.padding - plan.kernel;
                left = more < 0 ? 0 : more / plan.stride + 1;
            }
            if (left == 0) break;
        }
        if (left > 0) return side;
    }
}

std::string_view to_string(TrunkNet net) {
    switch (net) {
        case TrunkNet::kAlexNet:
            return "AlexNet";
        case TrunkNet::kVgg16:
            return "VGG-16";
        case TrunkNet::kSqueezeNet:
            return "SqueezeNet 1.1";
    }
    return "";
}

std::string published_file(TrunkNet net) {
    switch (net) {
        case TrunkNet::kAlexNet:
            return "alexnet-owt-7be5be79.pth";
        case TrunkNet::kVgg16:
            return "vgg16-397923af.pth";
        case TrunkNet::kSqueezeNet:
            return "squeezenet1_1-b8a52dc0.pth";
    }
    return "";
}

StateDict trunk_tensors(const Checkpoint& checkpoint) {
    std::string top;
    for (const char* prefix : {"module", "state_dict", "state_dict.module"}) {
        if (!checkpoint.below(prefix).empty()) top = prefix;
    }
    StateDict result;
    for (const auto& [name, tensor] : tensors_below(checkpoint, top)) {
        std::string_view rest = name;
        // what stands beside a trunk: a classifier, LPIPS's heads (`lins` are the same ones again), DISTS's own
        if (starts_any(rest, {"classifier.", "lins.", "scaling_layer."}) || skip_numbered(rest, "lin") ||
            name == "mean" || name == "std" || name == "alpha" || name == "beta") {
            continue;
        }
        const bool stage = skip_numbered(rest, "stage");
        if (stage && rest.ends_with(".filter")) continue;
        if (!stage && !skip_numbered(rest, "net.slice") && rest.starts_with("features.")) rest.remove_prefix(9);
        const bool indexed = !rest.empty() && rest[0] >= '0' && rest[0] <= '9';
        const std::string key = indexed ? fmt::format("features.{}", rest) : name;
        if (!result.emplace(key, tensor).second)
            throw Error(fmt::format("{}: two tensors for {}", checkpoint.name(), printable(key)));
    }
    return result;
}

}  // namespace bfr::nets

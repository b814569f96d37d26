// The layers are those of the package; nothing differs on purpose. Pictures are channels-last inside.
#include "nets/face_expression.h"

#include <torch/torch.h>

#include <cmath>
#include <set>
#include <string>

#include "base/error.h"

namespace bfr {
namespace {

constexpr int64_t kSide = 112;
constexpr std::array<float, 3> kMeanRgb{122.782f, 117.001f, 104.298f};
constexpr std::array<int64_t, 5> kChannels{3, 32, 64, 128, 256};

// Takes tensors by name, keeps account of what differs, and reports it at once.
class StrictLoader {
  public:
    explicit StrictLoader(std::span<const TensorView> weights) : weights_(weights) {}

    // Undefined where the tensor is missing or has another shape; finish() then throws.
    at::Tensor take(const std::string& name, const std::vector<int64_t>& shape) {
        taken_.insert(name);
        const TensorView* found = find_tensor(weights_, name);
        if (!found) {
            differences_.push_back(fmt::format("{} is missing", name));
        } else if (found->shape != shape || found->dtype != DType::kF32) {
            differences_.push_back(fmt::format("{} is {} {}, not F32 {}", name, to_string(found->dtype),
                                               shape_text(found->shape), shape_text(shape)));
        } else {
            const auto floats = to_floats(*found);
            return torch::from_blob(const_cast<float*>(floats.data()), shape, torch::kFloat32).clone();
        }
        return torch::zeros(shape);
    }

    void finish(const char* network) {
        for (const auto& tensor : weights_) {
            if (!taken_.contains(tensor.name)) differences_.push_back(fmt::format("{} is unknown", tensor.name));
        }
        if (differences_.empty()) return;
        std::string message = fmt::format("these are not the weights of the {}:", network);
        constexpr size_t kShown = 10;
        for (size_t i = 0; i < std::min(kShown, differences_.size()); i++) message += "\n  " + differences_[i];
        if (differences_.size() > kShown) message += fmt::format("\n  and {} more", differences_.size() - kShown);
        throw Error(message);
    }

  private:
    std::span<const TensorView> weights_;
    std::set<std::string> taken_;
    std::vector<std::string> differences_;
};

// TensorFlow's [height, width, in, out] as LibTorch's [out, in, height, width].
at::Tensor filters(const at::Tensor& hwio) {
    return hwio.permute({3, 2, 0, 1}).contiguous(at::MemoryFormat::ChannelsLast);
}

SeparableConv load_conv(StrictLoader& loader, const std::string& name, int64_t in, int64_t out) {
    SeparableConv conv;
    if (in == kChannels[0]) {
        conv.pointwise = filters(loader.take(name + "/filters", {3, 3, in, out}));
    } else {
        conv.depthwise = loader.take(name + "/depthwise_filter", {3, 3, in, 1}).permute({2, 3, 0, 1}).contiguous();
        conv.pointwise = filters(loader.take(name + "/pointwise_filter", {1, 1, in, out}));
    }
    conv.bias = loader.take(name + "/bias", {out});
    return conv;
}

// TensorFlow's 'same': an even input with stride 2 gets its zeros at the bottom and right alone.
at::Tensor convolve(const SeparableConv& conv, const at::Tensor& x, int64_t stride) {
    const auto padded = stride == 1 ? x : torch::constant_pad_nd(x, {0, 1, 0, 1});
    const int64_t padding = stride == 1 ? 1 : 0;
    if (!conv.depthwise.defined()) return torch::conv2d(padded, conv.pointwise, conv.bias, stride, padding);
    const auto depthwise = torch::conv2d(padded, conv.depthwise, {}, stride, padding, 1, x.size(1));
    return torch::conv2d(depthwise, conv.pointwise, conv.bias);
}

at::Tensor dense_block(const std::array<SeparableConv, 4>& block, const at::Tensor& x) {
    const auto a = torch::relu(convolve(block[0], x, 2));
    const auto ab = a + convolve(block[1], a, 1);
    const auto abc = ab + convolve(block[2], torch::relu(ab), 1);
    return torch::relu(abc + convolve(block[3], torch::relu(abc), 1));
}

// Zeros on both sides of the shorter axis; the far side gets the odd pixel.
at::Tensor padded_to_square(const at::Tensor& x) {
    const int64_t height = x.size(2), width = x.size(3);
    const int64_t difference = std::abs(height - width);
    const int64_t far = (difference + 1) / 2, near = difference - far;
    if (difference == 0) return x;
    if (height > width) return torch::constant_pad_nd(x, {near, far});
    return torch::constant_pad_nd(x, {0, 0, near, far});
}

// Bilinear along one axis as TensorFlow does it without half-pixel centres: source = destination * in / out.
at::Tensor resized(const at::Tensor& x, int64_t axis) {
    const int64_t in = x.size(axis);
    std::vector<int64_t> lower(kSide), upper(kSide);
    std::vector<float> share(kSide);
    for (int64_t i = 0; i < kSide; i++) {
        const double source = static_cast<double>(i) * (static_cast<double>(in) / kSide);
        lower[i] = static_cast<int64_t>(std::floor(source));
        upper[i] = std::min(in - 1, static_cast<int64_t>(std::ceil(source)));
        share[i] = static_cast<float>(source - std::floor(source));
    }
    const auto low = x.index_select(axis, torch::tensor(lower));
    const auto high = x.index_select(axis, torch::tensor(upper));
    auto shape = std::vector<int64_t>(4, 1);
    shape[static_cast<size_t>(axis)] = kSide;
    return low + (high - low) * torch::tensor(share).reshape(shape);
}

at::Tensor preprocessed(const at::Tensor& rgb01) {
    BFR_CHECK(rgb01.dim() == 4 && rgb01.size(1) == 3 && rgb01.size(2) > 0 && rgb01.size(3) > 0 &&
                  rgb01.scalar_type() == at::kFloat,
              "a float32 Nx3xHxW picture is expected, not {}", shape_text(rgb01.sizes()));
    auto x = padded_to_square(rgb01);
    if (x.size(2) != kSide) x = resized(resized(x, 2), 3);
    const auto mean01 = torch::tensor(at::ArrayRef<float>(kMeanRgb.data(), 3)).reshape({1, 3, 1, 1}) / 255;
    return (x - mean01).contiguous(at::MemoryFormat::ChannelsLast);
}

}  // namespace

FaceExpressionNet::FaceExpressionNet(std::span<const TensorView> weights) {
    const torch::NoGradGuard no_grad;
    StrictLoader loader(weights);
    for (size_t b = 0; b < blocks_.size(); b++) {
        for (size_t c = 0; c < blocks_[b].size(); c++) {
            const int64_t in = c == 0 ? kChannels[b] : kChannels[b + 1];
            blocks_[b][c] = load_conv(loader, fmt::format("dense{}/conv{}", b, c), in, kChannels[b + 1]);
        }
    }
    fc_weights_ = loader.take("fc/weights", {kChannels.back(), kClassCount});
    fc_bias_ = loader.take("fc/bias", {kClassCount});
    loader.finish("expression network of face-api");
}

at::Tensor FaceExpressionNet::features(const at::Tensor& rgb01) const {
    const torch::NoGradGuard no_grad;
    auto x = preprocessed(rgb01);
    for (const auto& block : blocks_) x = dense_block(block, x);
    return x.mean({2, 3});
}

at::Tensor FaceExpressionNet::logits(const at::Tensor& rgb01) const {
    const torch::NoGradGuard no_grad;
    return torch::addmm(fc_bias_, features(rgb01), fc_weights_);
}

at::Tensor FaceExpressionNet::probabilities(const at::Tensor& rgb01) const {
    const torch::NoGradGuard no_grad;
    return torch::softmax(logits(rgb01), 1);
}

}  // namespace bfr

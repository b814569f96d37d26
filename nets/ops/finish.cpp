#include "nets/ops/finish.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <cmath>

#include "base/error.h"
#include "nets/ops/finish_row.h"

namespace bfr::nets {

namespace {

constexpr float kSqrt2 = 1.41421356237309504880F;

BFR_INLINE float activated(float v) { return kSqrt2 * (v > 0 ? v : 0.2F * v); }

BFR_TARGET_CLONES void finish_row(float* row, const float* noise, float noise_weight, const float* scale,
                                  const float* first_bias, const float* bias, bool activate, int64_t channels,
                                  int64_t width) {
    for (int64_t x = 0; x < width; x++) {
        float* pixel = row + x * channels;
        const float shift = noise ? noise_weight * noise[x] : 0.0F;
        if (first_bias) {
            for (int64_t c = 0; c < channels; c++) {
                pixel[c] = activated(activated(pixel[c] * scale[c] + first_bias[c]) + (bias[c] + shift));
            }
        } else if (activate) {
            for (int64_t c = 0; c < channels; c++) pixel[c] = activated(pixel[c] * scale[c] + (bias[c] + shift));
        } else {
            for (int64_t c = 0; c < channels; c++) pixel[c] = pixel[c] * scale[c] + (bias[c] + shift);
        }
    }
}

BFR_TARGET_CLONES void add_row(float* row, const float* other, int64_t n) {
    for (int64_t i = 0; i < n; i++) row[i] += other[i];
}

std::vector<float> values(const Tensor& tensor) {
    const Tensor plain = tensor.contiguous();
    return {plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel()};
}

Tensor per_channel(const Tensor& tensor) { return tensor.view({tensor.dim() == 2 ? tensor.size(0) : 1, -1, 1, 1}); }

Tensor differentiable(Tensor x, const Finish& with) {
    const double sqrt2 = std::sqrt(2.0);
    if (with.scale.defined()) x = x * per_channel(with.scale);
    if (with.first_bias.defined()) x = at::leaky_relu(x + per_channel(with.first_bias), 0.2) * sqrt2;
    if (with.noise.defined()) x = x + with.noise_weight * with.noise;
    if (with.bias.defined()) x = x + per_channel(with.bias);
    if (with.activate) x = at::leaky_relu(x, 0.2) * sqrt2;
    for (const auto& other : with.add) x = x + other;
    return x;
}

}  // namespace

bool runs_kernels(const Tensor& x) {
    return x.device().is_cpu() && x.scalar_type() == at::kFloat && !at::GradMode::is_enabled();
}

FinishRow::FinishRow(const Finish& with, int64_t batch_item, int64_t channels, int64_t height, int64_t width)
    : channels_(channels), width_(width), activate_(with.activate) {
    const auto n = static_cast<size_t>(channels);
    scale_ = with.scale.defined() ? values(with.scale[batch_item]) : std::vector<float>(n, 1.0F);
    bias_ = with.bias.defined() ? values(with.bias) : std::vector<float>(n, 0.0F);
    if (with.first_bias.defined()) {
        BFR_CHECK(with.activate, "a first activation goes with a second one");
        first_bias_ = values(with.first_bias);
    }
    BFR_CHECK(scale_.size() == n && bias_.size() == n && (first_bias_.empty() || first_bias_.size() == n),
              "one scale and bias for each of {} channels", channels);
    if (with.noise.defined()) {
        keep_noise_ = with.noise[with.noise.size(0) == 1 ? 0 : batch_item].contiguous();
        BFR_CHECK(keep_noise_.numel() == height * width, "the noise map is not {} x {}", width, height);
        noise_ = keep_noise_.data_ptr<float>();
        noise_weight_ = with.noise_weight.item<float>();
    }
    for (const auto& other : with.add) {
        BFR_CHECK(other.dim() == 4 && other.size(1) == channels && other.size(2) == height && other.size(3) == width,
                  "what is added has another shape");
        keep_.push_back(other.narrow(0, batch_item, 1).contiguous(at::MemoryFormat::ChannelsLast));
        add_.push_back(keep_.back().data_ptr<float>());
    }
}

void FinishRow::operator()(float* row, int64_t y) const {
    finish_row(row, noise_ ? noise_ + y * width_ : nullptr, noise_weight_, scale_.data(),
               first_bias_.empty() ? nullptr : first_bias_.data(), bias_.data(), activate_, channels_, width_);
    for (const float* other : add_) add_row(row, other + y * width_ * channels_, width_ * channels_);
}

Tensor finish(Tensor x, const Finish& with) {
    if (!runs_kernels(x)) return differentiable(std::move(x), with);
    x = x.contiguous(at::MemoryFormat::ChannelsLast);
    const int64_t channels = x.size(1), height = x.size(2), width = x.size(3);
    float* data = x.data_ptr<float>();
    for (int64_t item = 0; item < x.size(0); item++) {
        const FinishRow row(with, item, channels, height, width);
        float* picture = data + item * channels * height * width;
        at::parallel_for(0, height, 8, [&](int64_t begin, int64_t end) {
            for (int64_t y = begin; y < end; y++) row(picture + y * width * channels, y);
        });
    }
    return x;
}

}  // namespace bfr::nets

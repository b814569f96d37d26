#include "nets/ops/finish.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>

#include "base/error.h"
#include "nets/ops/fused_finish.h"
#include "nets/ops/leaky.h"
#include "nets/ops/picture_finish.h"

namespace bfr::nets {

namespace {

Tensor per_channel(const Tensor& tensor) { return tensor.view({tensor.dim() == 2 ? tensor.size(0) : 1, -1, 1, 1}); }

}  // namespace

bool runs_kernels(const Tensor& x) {
    return x.device().is_cpu() && x.scalar_type() == at::kFloat && !at::GradMode::is_enabled();
}

Tensor scaled_leaky_relu(const Tensor& x) { return at::leaky_relu(x, 0.2) * std::sqrt(2.0); }

// In x's type, which is a smaller one in mixed precision.
Tensor plain_finish(Tensor x, const Finish& with) {
    const auto type = x.scalar_type();
    if (with.scale.defined()) x = x * per_channel(with.scale).to(type);
    if (with.first_bias.defined()) x = scaled_leaky_relu(x + per_channel(with.first_bias).to(type));
    if (with.noise.defined()) x = x + (with.noise_weight * with.noise).to(type);
    if (with.bias.defined()) x = x + per_channel(with.bias).to(type);
    if (with.slope.defined()) {
        x = at::prelu(x, with.slope.to(type));
    } else if (with.activate) {
        x = scaled_leaky_relu(x);
    }
    for (const auto& other : with.add) x = x + other.to(type);
    return x;
}

std::vector<float> lane_values(const Tensor& values) {
    const Tensor plain = values.to(at::kFloat).contiguous();
    std::vector<float> result(plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel());
    result.resize(static_cast<size_t>(whole_lanes(plain.numel())), 0.0F);
    return result;
}

template <class T>
PictureFinish<T>::PictureFinish(const Finish& with, int64_t batch_item, int64_t channels, int64_t height,
                                int64_t width) {
    const auto keep = [&](std::vector<float>& kept, const Tensor& given) -> const float* {
        if (!given.defined()) return nullptr;
        BFR_CHECK(given.numel() == channels, "{} values for {} channels", given.numel(), channels);
        kept = lane_values(given);
        return kept.data();
    };
    if (with.scale.defined()) epilogue_.scale = keep(scale_, with.scale[batch_item]);
    epilogue_.first_bias = keep(first_bias_, with.first_bias);
    epilogue_.bias = keep(bias_, with.bias);
    if (with.slope.defined()) {
        epilogue_.slope = keep(slope_, with.slope);
    } else if (with.activate) {
        slope_.assign(static_cast<size_t>(whole_lanes(channels)), kLeak);
        epilogue_.slope = slope_.data();
        epilogue_.gain = kLeakGain;
    }
    if (with.noise.defined()) {
        noise_ = with.noise[with.noise.size(0) == 1 ? 0 : batch_item].to(at::kFloat).contiguous();
        BFR_CHECK(noise_.numel() == height * width, "the noise map is not {} x {}", width, height);
        epilogue_.noise = noise_.data_ptr<float>();
        epilogue_.noise_weight = with.noise_weight.item<float>();
    }
    epilogue_.add_channels = channels;
    for (const auto& other : with.add) {
        BFR_CHECK(other.dim() == 4 && other.size(1) == channels && other.size(2) == height && other.size(3) == width,
                  "what is added has another shape");
        add_.push_back(other.narrow(0, batch_item, 1).contiguous(at::MemoryFormat::ChannelsLast));
        epilogue_.add.push_back(memory<const T>(add_.back(), 0));
    }
}

template class PictureFinish<float>;
template class PictureFinish<BFloat16Bits>;

void finish_into(const Tensor& to, const Tensor& from, const Finish& with) {
    for_each_row(from, with, [&]<class T>(const Epilogue<T>& epilogue, const PictureRow& row, int64_t offset) {
        apply_to_row(epilogue, row, memory<const T>(from, offset), memory<T>(to, offset));
    });
}

void finish_into(Tensor& to, int64_t first, const Tensor& x, const Finish& with) {
    const int64_t wide = to.size(1);
    BFR_CHECK(runs_kernels(x) && to.scalar_type() == at::kFloat && to.is_contiguous(at::MemoryFormat::ChannelsLast) &&
                  to.size(0) == x.size(0) && to.size(2) == x.size(2) && to.size(3) == x.size(3) && first >= 0 &&
                  first + x.size(1) <= wide,
              "the result must be float32, channels-last, and hold {} channels of this picture's size", x.size(1));
    const Tensor from = x.contiguous(at::MemoryFormat::ChannelsLast);
    for_each_row(from, with, [&]<class T>(const Epilogue<T>& epilogue, const PictureRow& row, int64_t offset) {
        apply_to_row(epilogue, {row.pixel, row.width, row.channels, wide}, memory<const T>(from, offset),
                     memory<T>(to, offset / row.channels * wide + first));
    });
}

Tensor finish(Tensor x, const Finish& with) {
    if (!runs_kernels(x)) return can_fuse(x, with) ? fused_finish(x, with) : plain_finish(std::move(x), with);
    x = x.contiguous(at::MemoryFormat::ChannelsLast);
    finish_into(x, x, with);
    return x;
}

}  // namespace bfr::nets

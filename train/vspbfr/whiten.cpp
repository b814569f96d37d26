#include "train/vspbfr/whiten.h"

#include <ATen/ATen.h>

#include <cmath>

#include "base/error.h"

namespace bfr::train {

namespace {

constexpr int kHeads = 3;  // of the compact encoder

// A layer that takes code w = deviation w' + mean now takes w'. weight: (out, width), scaled by 1 / sqrt(width).
void take_whitened(StateDict& decoder, const std::string& layer, const at::Tensor& mean, const at::Tensor& deviation) {
    at::Tensor& weight = decoder.at(layer + ".modulation.weight");
    at::Tensor& bias = decoder.at(layer + ".modulation.bias");
    bias = bias + at::matmul(weight, mean) / std::sqrt(static_cast<double>(weight.size(1)));
    weight = weight * deviation;
}

}  // namespace

void whiten_codes(const at::Tensor& codes, const nets::StyleGan2Options& sizes, StateDict& encoder,
                  StateDict& decoder) {
    constexpr double kLeast = 1e-3;  // a number that hardly moves isn't blown up
    const at::Tensor mean = codes.mean(0), deviation = codes.std(0, false).clamp_min(kLeast);
    at::Tensor shift = (-mean / deviation).flatten();
    const at::Tensor flat_deviation = deviation.flatten();

    if (sizes.linear > 0) {
        const at::Tensor m = mean.flatten().narrow(0, 0, sizes.linear), d = flat_deviation.narrow(0, 0, sizes.linear);
        at::Tensor& encode = decoder.at("linear.encode");
        at::Tensor& decode = decoder.at("linear.decode");
        at::Tensor& picture_mean = decoder.at("linear.mean");
        const at::Tensor& basis = decoder.at("linear.basis");
        // the mean scores move into the mean picture, which the encoder's side must not see twice
        const at::Tensor moved = at::matmul((m * decode).unsqueeze(0), basis);
        encode = encode / d;
        shift.narrow(0, 0, sizes.linear).add_(at::matmul(moved, basis.t()).squeeze(0) * encode);
        picture_mean = picture_mean + moved.view(picture_mean.sizes());
        decode = decode * d;
    }
    int64_t first = 0;
    for (int head = 0; head < kHeads; head++) {
        at::Tensor& weight = encoder.at(fmt::format("heads.{}.codes.weight", head));
        at::Tensor& bias = encoder.at(fmt::format("heads.{}.codes.bias", head));
        const int64_t numbers = bias.size(0);
        const at::Tensor d = flat_deviation.narrow(0, first, numbers);
        weight = weight / d.unsqueeze(1);
        bias = bias / d + shift.narrow(0, first, numbers);
        first += numbers;
    }
    const auto take = [&](const std::string& layer, int64_t code) {
        take_whitened(decoder, layer, mean[code], deviation[code]);
    };
    take("conv1.conv", 0);
    take("to_rgb1.conv", 1);
    for (int64_t level = 0; int64_t{8} << level <= sizes.size; level++) {
        take(fmt::format("convs.{}.conv", 2 * level), 2 * level + 1);
        take(fmt::format("convs.{}.conv", 2 * level + 1), 2 * level + 2);
        take(fmt::format("to_rgbs.{}.conv", level), 2 * level + 3);
    }
}

}  // namespace bfr::train

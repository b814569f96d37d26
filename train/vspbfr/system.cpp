#include "train/vspbfr/system.h"

#include <torch/torch.h>

#include <algorithm>
#include <array>

#include "base/error.h"

namespace bfr::train {

SystemSizes compact_system(const CompactSizes& wanted) {
    const nets::ChannelTable channels{wanted.base, wanted.multiplier};
    SystemSizes sizes;
    sizes.bank = {.size = wanted.size,
                  .style_width = wanted.width,
                  .mapping_layers = 1,
                  .channels = channels,
                  .linear = wanted.linear};
    sizes.encoder = {.input = std::min<int64_t>(wanted.size, 64), .style_width = wanted.width, .codes = 0};
    for (int64_t side = wanted.size; side > 2; side /= 2) sizes.encoder.codes += 2;
    sizes.diffuser = {.width = wanted.width, .blocks = static_cast<int>(wanted.blocks), .residual = true};
    sizes.restoration = {.size = wanted.size,
                         .style_width = wanted.width,
                         .mapping_layers = 2,
                         .channels = channels,
                         .rates = {1, 2, 4, 8}};
    sizes.restoration.rates.resize(static_cast<size_t>(wanted.branches));
    return sizes;
}

at::Tensor encoder_picture(const at::Tensor& picture, int64_t side) {
    if (picture.size(2) == side) return picture;
    const std::array<int64_t, 2> size = {side, side};
    return at::upsample_bilinear2d(picture, at::IntArrayRef(size), false);
}

at::Tensor codes_of(const nets::CompactStyleEncoder& encoder, const nets::StyleGan2& bank, const at::Tensor& picture,
                    int64_t encoder_side) {
    const at::Tensor small = encoder_picture(picture, encoder_side);
    const at::Tensor codes = encoder.forward(small);
    if (!bank.linear()) return codes;
    const at::Tensor scores = bank.linear()->scores(small);
    const int64_t rest = codes.size(1) * codes.size(2) - scores.size(1);
    return codes + at::constant_pad_nd(scores, {0, rest}).view(codes.sizes());
}

}  // namespace bfr::train

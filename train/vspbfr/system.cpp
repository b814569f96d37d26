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
    sizes.diffuser = {.width = wanted.width, .blocks = static_cast<int>(wanted.blocks), .residual = wanted.residual};
    sizes.restoration = {.size = wanted.size,
                         .style_width = wanted.width,
                         .mapping_layers = static_cast<int>(wanted.mapping),
                         .channels = channels,
                         .rates = {1, 2, 4, 8}};
    sizes.restoration.rates.resize(static_cast<size_t>(wanted.branches));
    return sizes;
}

namespace {

SystemSizes read_sizes(StageReader& reader) {
    CompactSizes wanted;
    reader.integer("size", wanted.size, 32, 1024, "side of the pictures");
    reader.integer("width", wanted.width, 1, 4096, "numbers in a code");
    reader.integer("base", wanted.base, 4, 4096, "channels of generator and restoration net up to 32 pixels");
    reader.integer("multiplier", wanted.multiplier, 1, 64,
                   "channels at 64 pixels are base times half of it, and half as many with each doubling");
    reader.integer("linear", wanted.linear, 0, 3072,
                   "numbers of the codes that carry a 32x32 picture by principal components; 0: no such path");
    reader.integer("blocks", wanted.blocks, 1, 64, "TACC blocks of the code diffuser");
    reader.integer("branches", wanted.branches, 1, 4,
                   "of a SMART layer, with dilation rates 1, 2, 4, 8; 1: plain convolutions");
    reader.integer("mapping", wanted.mapping, 1, 8, "layers of the restoration net's mapping network");
    reader.flag("residual", wanted.residual, "the diffuser predicts a difference from the degraded face's codes");
    if ((wanted.size & (wanted.size - 1)) != 0)
        throw UsageError(fmt::format("stage {}: size={}: must be a power of two", reader.stage(), wanted.size));
    return compact_system(wanted);
}

}  // namespace

SystemSizes read_common(StageReader& reader, StageSetup& setup, OptimiserOptions& optimiser, PictureWeights& weights) {
    reader.setup(setup);
    const SystemSizes sizes = read_sizes(reader);
    reader.optimiser(optimiser);
    reader.weights(weights);
    return sizes;
}

at::Tensor encoder_picture(const at::Tensor& picture, int64_t side) {
    if (picture.size(2) == side) return picture;
    const std::array<int64_t, 2> size = {side, side};
    return at::upsample_bilinear2d(picture, at::IntArrayRef(size), false);
}

at::Tensor codes_of(const nets::CodeEncoder& encoder, const nets::StyleGan2& bank, const at::Tensor& picture,
                    int64_t encoder_side) {
    const at::Tensor small = encoder_picture(picture, encoder_side), codes = encoder.forward(small);
    return bank.linear() ? bank.linear()->with_scores(codes, small) : codes;
}

}  // namespace bfr::train

#include "nets/clrface/autoencoder.h"

#include <torch/torch.h>

#include <bit>

#include "base/error.h"

namespace bfr::nets::clrface {

namespace {

std::string at(const char* part, size_t level, const std::string& what) {
    return fmt::format("{}{}_{}", part, level, what);
}

}  // namespace

Autoencoder::Autoencoder(const AutoencoderOptions& options) : options_(options) {
    const auto levels = options.multipliers.size();
    BFR_CHECK(levels > 0 && options.patch << (levels - 1) == AutoencoderOptions::kFactor,
              "patches of {} pixels and {} levels don't make a latent {} times smaller", options.patch, levels,
              AutoencoderOptions::kFactor);
    for (size_t level = 0; level < levels; level++)
        BFR_CHECK(options.channels(level) % 32 == 0, "{} channels aren't groups of 32", options.channels(level));
    add_encoder();
    codebook_ = register_module("quantize", std::make_shared<vqgan::Codebook>(options.codes, options.code_width));
    add_decoder();
    mean = register_buffer("latent_mean", at::zeros({1, options.code_width, 1, 1}));
    deviation = register_buffer("latent_deviation", at::ones({1, options.code_width, 1, 1}));
}

void Autoencoder::add_encoder() {
    const auto part = add_holder(*this, "encoder");
    int64_t channels = options_.channels(0);
    first_ = vqgan::add_conv(*part, "conv_in", 3 * options_.patch * options_.patch, channels, 3);
    for (size_t i = 0; i < options_.multipliers.size(); i++) {
        Level level;
        for (int64_t k = 0; k < options_.blocks; k++) {
            level.blocks.push_back(part->register_module(
                at("level", i, std::to_string(k)),
                std::make_shared<vqgan::ResnetBlock>(channels, options_.channels(i), "nin_shortcut")));
            channels = options_.channels(i);
        }
        if (i + 1 < options_.multipliers.size())
            level.down = part->register_module(at("level", i, "down"), std::make_shared<vqgan::Downsample>(channels));
        down_.push_back(std::move(level));
    }
    encoder_norm_ = part->register_module("norm_out", std::make_shared<vqgan::GroupNorm>(channels));
    to_code_ = vqgan::add_conv(*part, "conv_out", channels, options_.code_width, 3);
}

void Autoencoder::add_decoder() {
    const auto part = add_holder(*this, "decoder");
    int64_t channels = options_.channels(options_.multipliers.size() - 1);
    from_code_ = vqgan::add_conv(*part, "conv_in", options_.code_width, channels, 3);
    for (size_t i = options_.multipliers.size(); i-- > 0;) {
        Level level;
        for (int64_t k = 0; k < options_.blocks; k++) {
            level.blocks.push_back(part->register_module(
                at("level", i, std::to_string(k)),
                std::make_shared<vqgan::ResnetBlock>(channels, options_.channels(i), "nin_shortcut")));
            channels = options_.channels(i);
        }
        if (i > 0) level.up = part->register_module(at("level", i, "up"), std::make_shared<vqgan::Upsample>(channels));
        up_.push_back(std::move(level));
    }
    decoder_norm_ = part->register_module("norm_out", std::make_shared<vqgan::GroupNorm>(channels));
    last_ = vqgan::add_conv(*part, "conv_out", channels, 3 * options_.patch * options_.patch, 3);
}

Tensor Autoencoder::encoded(const Tensor& picture) const {
    BFR_CHECK(picture.dim() == 4 && picture.size(1) == 3 && picture.size(2) % AutoencoderOptions::kFactor == 0 &&
                  picture.size(3) % AutoencoderOptions::kFactor == 0,
              "pictures of 3 channels and sides that {} divides are needed", AutoencoderOptions::kFactor);
    const Tensor patches = options_.patch == 1 ? picture : at::pixel_unshuffle(picture, options_.patch);
    Tensor x = first_->forward(patches.contiguous(at::MemoryFormat::ChannelsLast));
    for (const auto& level : down_) {
        for (const auto& block : level.blocks) x = block->forward(x);
        if (level.down) x = level.down->forward(x);
    }
    return to_code_->forward(encoder_norm_->with_swish(x)).to(at::kFloat);
}

Tensor Autoencoder::decoded(const Tensor& latent) const {
    Tensor x = from_code_->forward(latent.contiguous(at::MemoryFormat::ChannelsLast));
    for (const auto& level : up_) {
        for (const auto& block : level.blocks) x = block->forward(x);
        if (level.up) x = level.up->forward(x);
    }
    const Tensor patches = last_->forward(decoder_norm_->with_swish(x)).to(at::kFloat);
    return options_.patch == 1 ? patches : at::pixel_shuffle(patches, options_.patch);
}

Tensor Autoencoder::nearest(const Tensor& latent) const { return codebook_->nearest(latent); }

Tensor Autoencoder::of_codes(const Tensor& indices, int64_t height, int64_t width) const {
    return codebook_->pictures(indices, height, width);
}

Tensor Autoencoder::picture(const Tensor& normalised, bool quantised) const {
    const Tensor latent = restored(normalised);
    if (!quantised) return decoded(latent);
    Tensor codes;
    {
        const at::NoGradGuard no_grad;
        codes = of_codes(nearest(latent.detach()), latent.size(2), latent.size(3));
    }
    return decoded(at::GradMode::is_enabled() ? latent + (codes - latent).detach() : codes);
}

int64_t Autoencoder::encoder_flop(int64_t side) const {
    side /= options_.patch;
    int64_t sum = vqgan::conv_flop(3 * options_.patch * options_.patch, options_.channels(0), 3, side);
    for (const auto& level : down_) {
        for (const auto& block : level.blocks) sum += block->flop(side);
        if (level.down) sum += level.down->flop(side), side /= 2;
    }
    return sum + vqgan::conv_flop(options_.channels(down_.size() - 1), options_.code_width, 3, side);
}

int64_t Autoencoder::decoder_flop(int64_t side) const {
    side /= AutoencoderOptions::kFactor;
    int64_t sum = vqgan::conv_flop(options_.code_width, options_.channels(up_.size() - 1), 3, side);
    for (const auto& level : up_) {
        for (const auto& block : level.blocks) sum += block->flop(side);
        if (level.up) sum += level.up->flop(side), side *= 2;
    }
    return sum + vqgan::conv_flop(options_.channels(0), 3 * options_.patch * options_.patch, 3, side);
}

AutoencoderOptions autoencoder_sizes(const StateDict& tensors, const std::string& source) {
    constexpr int64_t kMostChannels = 4096, kMostCodes = 1 << 20;
    const auto shape = [&](const std::string& name, size_t dims, int64_t most) {
        const auto found = tensors.find(name);
        if (found == tensors.end()) throw Error(fmt::format("{}: has no tensor {}", source, name));
        const auto sizes = found->second.sizes().vec();
        bool usual = sizes.size() == dims;
        for (const int64_t size : sizes) usual = usual && size > 0 && size <= most;
        if (!usual) throw Error(fmt::format("{}: tensor {} has a shape that no autoencoder has", source, name));
        return sizes;
    };
    AutoencoderOptions options;
    const auto first = shape("encoder.conv_in.weight", 4, kMostChannels);
    options.patch = first[1] == 3 ? 1 : first[1] == 12 ? 2 : first[1] == 48 ? 4 : 0;
    if (options.patch == 0)
        throw Error(
            fmt::format("{}: encoder.conv_in takes {} channels where 3, 12 or 48 are expected", source, first[1]));
    options.width = first[0];
    const int levels = std::countr_zero(static_cast<uint64_t>(AutoencoderOptions::kFactor / options.patch)) + 1;
    options.multipliers.clear();
    for (int level = 0; level < levels; level++) {
        const int64_t channels = shape(fmt::format("encoder.level{}_0.conv1.weight", level), 4, kMostChannels)[0];
        if (channels % options.width != 0 || channels % 32 != 0)
            throw Error(fmt::format("{}: level {} has {} channels, where a multiple of {} and of 32 is expected",
                                    source, level, channels, options.width));
        options.multipliers.push_back(channels / options.width);
    }
    options.blocks = 1;
    while (options.blocks < 16 && tensors.contains(fmt::format("encoder.level0_{}.conv1.weight", options.blocks)))
        options.blocks++;
    const auto codes = shape("quantize.embedding.weight", 2, kMostCodes);
    options.codes = codes[0];
    options.code_width = codes[1];
    if (options.code_width > 256)
        throw Error(fmt::format("{}: codes of {} numbers are more than an autoencoder has", source, codes[1]));
    return options;
}

}  // namespace bfr::nets::clrface

#include "train/vspbfr/frozen_parts.h"

#include <torch/torch.h>

#include "base/error.h"
#include "base/files.h"
#include "nets/init.h"
#include "nets/mean_code.h"
#include "nets/vspbfr_sizes.h"
#include "train/draws.h"

namespace bfr::train {

namespace {

constexpr const char* kPublishedDecoder = "state_dict.decoder";

// The tensors below the first of these paths that has any.
StateDict part(const Checkpoint& file, const std::vector<std::string>& paths) {
    for (const auto& path : paths) {
        if (StateDict tensors = tensors_below(file, path); !tensors.empty()) return tensors;
    }
    std::string names;
    for (const auto& path : paths) names += (names.empty() ? "" : " nor ") + path + ".*";
    throw Error(fmt::format("{}: has no tensors {}", file.name(), names));
}

template <class Net, class Options>
std::unique_ptr<Net> trained(const Options& options, const StateDict& tensors, const Checkpoint& file,
                             at::Device device) {
    const nets::WithoutInit without_init;
    auto net = std::make_unique<Net>(options);
    load_strictly(*net, tensors, file.name(), Loading::kShare);
    freeze(*net);
    net->to(device);
    return net;
}

}  // namespace

TrainedPrior::TrainedPrior(const std::filesystem::path& file, at::Device device) {
    const Checkpoint checkpoint = open_checkpoint(file);
    const StateDict decoder = part(checkpoint, {"decoder", kPublishedDecoder}),
                    encoder_tensors = part(checkpoint, {"encoder", "state_dict.encoder"});
    published = !tensors_below(checkpoint, kPublishedDecoder).empty();
    sizes = nets::stylegan2_sizes(decoder, checkpoint.name());
    bank = trained<nets::StyleGan2>(sizes, decoder, checkpoint, device);
    int64_t codes = 0;
    const auto make = [&]<class Net, class Options>(const Options& options) {
        encoder = trained<Net>(options, encoder_tensors, checkpoint, device);
        encoder_side = options.input;
        codes = options.codes;
    };
    if (encoder_tensors.contains("heads.0.shared.weight")) {
        make.operator()<nets::CompactStyleEncoder>(
            nets::compact_style_encoder_sizes(encoder_tensors, sizes.style_width, checkpoint.name()));
    } else {
        make.operator()<nets::StyleEncoder>(nets::style_encoder_sizes(encoder_tensors, checkpoint.name()));
    }
    if (codes < bank->codes())
        throw Error(
            fmt::format("{}: its encoder gives {} codes, its decoder takes {}", printable(file), codes, bank->codes()));
    mean_code = published ? nets::mean_code(checkpoint, codes, sizes.style_width).to(device)
                          : at::zeros({1, 1, sizes.style_width}, device);
}

at::Tensor TrainedPrior::codes(const nets::CodeEncoder& by, const at::Tensor& picture) const {
    return codes_of(by, *bank, picture, encoder_side) + mean_code;
}

at::Tensor TrainedPrior::decoded(const at::Tensor& codes, int64_t side, const nets::NoiseSource& noise) const {
    const at::Tensor image = bank->forward(codes, noise, 0, true).image;
    return image.size(2) == side ? image : at::adaptive_avg_pool2d(image, {side, side});
}

std::vector<at::Tensor> TrainedPrior::features(const at::Tensor& codes, int count,
                                               const nets::NoiseSource& noise) const {
    return bank->forward(codes, noise, count, false).features;
}

std::unique_ptr<nets::NoiseSource> TrainedPrior::noise(uint64_t seed, const std::string& name,
                                                       int64_t iteration) const {
    if (!published) return std::make_unique<nets::NoNoise>();
    return std::make_unique<IterationNoise>(seed, iteration, mean_code.options(), name + "/generator");
}

void check_fit(const SystemSizes& sizes, const TrainedPrior& prior, const std::filesystem::path& file) {
    const auto check = [&](const std::string& option, int64_t wanted, int64_t found) {
        if (wanted == found) return;
        throw UsageError(fmt::format("{0}: its networks have {1}={2}, not {3}: give {1}={2}{4}", printable(file),
                                     option, found, wanted,
                                     prior.sizes.style_width == 512 ? ", or preset=full-512" : ""));
    };
    check("width", sizes.bank.style_width, prior.sizes.style_width);
    check("linear", sizes.bank.linear, prior.sizes.linear);
    check("base", sizes.bank.channels.base, prior.sizes.channels.base);
    check("multiplier", sizes.bank.channels.multiplier, prior.sizes.channels.multiplier);
    if (!prior.published || sizes.bank.size > prior.sizes.size) check("size", sizes.bank.size, prior.sizes.size);
}

std::shared_ptr<nets::CodeEncoder> trained_encoder(const TrainedPrior& prior, const std::filesystem::path& file,
                                                   at::Device device) {
    const Checkpoint checkpoint = open_checkpoint(file);
    const StateDict tensors = part(checkpoint, {"encoder"});
    return trained<nets::CompactStyleEncoder>(
        nets::compact_style_encoder_sizes(tensors, prior.sizes.style_width, checkpoint.name()), tensors, checkpoint,
        device);
}

std::unique_ptr<nets::CodeDiffuser> trained_diffuser(const TrainedPrior& prior, const std::filesystem::path& file,
                                                     at::Device device) {
    const Checkpoint checkpoint = open_checkpoint(file);
    const StateDict tensors = part(checkpoint, {"diffuser", "att_mapper"});
    const auto sizes = nets::code_diffuser_sizes(tensors, checkpoint.name());
    if (sizes.width != prior.sizes.style_width)
        throw Error(fmt::format("{}: takes codes of {} numbers, where the prior's have {}", printable(file),
                                sizes.width, prior.sizes.style_width));
    return trained<nets::CodeDiffuser>(sizes, tensors, checkpoint, device);
}

}  // namespace bfr::train

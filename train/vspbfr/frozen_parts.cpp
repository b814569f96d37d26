#include "train/vspbfr/frozen_parts.h"

#include <torch/torch.h>

#include "nets/init.h"
#include "train/losses/frozen.h"

namespace bfr::train {

namespace {

template <class Net, class Options>
std::unique_ptr<Net> trained(const Options& options, const Checkpoint& file, const std::string& prefix) {
    const nets::WithoutInit without_init;
    auto net = std::make_unique<Net>(options);
    load_strictly(*net, tensors_below(file, prefix), file.name());
    freeze(*net);
    return net;
}

}  // namespace

TrainedPrior::TrainedPrior(const SystemSizes& sizes, const std::filesystem::path& file)
    : encoder_side(sizes.encoder.input) {
    const Checkpoint checkpoint = open_checkpoint(file);
    encoder = trained<nets::CompactStyleEncoder>(sizes.encoder, checkpoint, "encoder");
    bank = trained<nets::StyleGan2>(sizes.bank, checkpoint, "decoder");
}

at::Tensor TrainedPrior::codes(const at::Tensor& picture) const {
    return codes_of(*encoder, *bank, picture, encoder_side);
}

at::Tensor TrainedPrior::decoded(const at::Tensor& codes) const {
    return bank->forward(codes, nets::NoNoise(), 0, true).image;
}

std::vector<at::Tensor> TrainedPrior::features(const at::Tensor& codes) const {
    const auto count = static_cast<int>(bank->codes() / 2);  // two codes a resolution, from 4 pixels up
    return bank->forward(codes, nets::NoNoise(), count, false).features;
}

std::unique_ptr<nets::CompactStyleEncoder> trained_encoder(const SystemSizes& sizes,
                                                           const std::filesystem::path& file) {
    return trained<nets::CompactStyleEncoder>(sizes.encoder, open_checkpoint(file), "encoder");
}

std::unique_ptr<nets::CodeDiffuser> trained_diffuser(const SystemSizes& sizes, const std::filesystem::path& file) {
    return trained<nets::CodeDiffuser>(sizes.diffuser, open_checkpoint(file), "diffuser");
}

}  // namespace bfr::train

#include "metrics/feature_trunks.h"

#include <ATen/core/grad_mode.h>

#include "base/files.h"
#include "base/shared_model.h"
#include "nets/init.h"
#include "weights/formats/known_systems.h"

namespace bfr {

void load_weights(torch::nn::Module& module, const FoundFile& file, const std::string& what,
                  const std::function<StateDict(const Checkpoint&)>& tensors) {
    const Checkpoint checkpoint = open_checkpoint(file.path);
    try {
        load_strictly(module, tensors(checkpoint), checkpoint.name());
    } catch (const Error& error) {
        std::string looks;
        for (const auto& likeness : looks_like(checkpoint.tensors()))
            looks += fmt::format("{}{}", looks.empty() ? "\n  it looks like " : ", ", likeness.network);
        throw Error(fmt::format("{}\n  {} is expected{}", error.what(), what, looks));
    }
}

UnitFile trunk_file(nets::TrunkNet net, const std::optional<std::filesystem::path>& own) {
    return {"trunk", own, nets::published_file(net)};
}

UsedTrunk use_trunk(nets::TrunkNet net, const FoundFile& file) {
    const auto load = [&] {
        const nets::WithoutInit without_init;
        const at::NoGradGuard no_grad;
        auto trunk = std::make_shared<nets::FeatureTrunk>(net);
        load_weights(*trunk, file, fmt::format("{}'s trunk", to_string(net)), nets::trunk_tensors);
        trunk->eval();
        for (auto& parameter : trunk->parameters()) parameter.set_requires_grad(false);
        nets::prepare_for_inference(*trunk);
        return std::shared_ptr<const nets::FeatureTrunk>(std::move(trunk));
    };
    const std::string key = fmt::format("nets.feature_trunk {} {}", to_string(net), file.use.sha256);
    return {shared_model<const nets::FeatureTrunk>(key, load), file.use};
}

std::vector<at::Tensor> reference_features(const ScoredPicture& picture, const UsedTrunk& trunk,
                                           const std::string& kind,
                                           const std::function<std::vector<at::Tensor>()>& make) {
    if (!picture.reference_is_reused) return make();
    // by the trunk's content: two units with different files of the same weights agree
    const std::string key = fmt::format("metrics.features {} {}", trunk.use.sha256, kind);
    return picture.reference->memo<std::vector<at::Tensor>>(key, make);
}

}  // namespace bfr

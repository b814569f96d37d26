// What metrics of a network's features share: the files, the trunk in memory once, the reference's features once.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "metrics/metric.h"
#include "nets/feature_trunk.h"
#include "weights/catalogue/unit_files.h"

namespace bfr {

// Fills `module` from a file's tensors. Another network's file is an Error that names both and says what it looks like.
void load_weights(torch::nn::Module& module, const FoundFile& file, const std::string& what,
                  const std::function<StateDict(const Checkpoint&)>& tensors);

struct UsedTrunk {
    std::shared_ptr<const nets::FeatureTrunk> net;  // ready for inference
    WeightsUse use;
};

// As torchvision publishes it, or option trunk=.
UnitFile trunk_file(nets::TrunkNet net, const std::optional<std::filesystem::path>& own);
UsedTrunk use_trunk(nets::TrunkNet net, const FoundFile& file);

// The reference's features. `kind`: what `make` depends on beside the picture and the trunk. They stay in its memo
// where another method will ask for them (VGG-16's of 512x512 are 128 MB), and go with the result where none does.
std::vector<at::Tensor> reference_features(const ScoredPicture& picture, const UsedTrunk& trunk,
                                           const std::string& kind,
                                           const std::function<std::vector<at::Tensor>()>& make);

}  // namespace bfr

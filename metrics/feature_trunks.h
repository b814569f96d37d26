// What metrics of a network's features share: the files, the trunk in memory once, the reference's features once.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "metrics/metric.h"
#include "nets/feature_trunk.h"

namespace bfr {

struct WantedFile {
    std::string option, own_file;  // the option, and what it names: a file of one's own
    std::string published;         // else the catalogue's of this name
};
// In their order. Throws UsageError where an option names no file, NotAvailable that names all of the catalogue's that
// aren't here.
std::vector<FoundFile> find_weights(const std::string& metric, const std::vector<WantedFile>& wanted,
                                    const UnitContext& context);

// Fills `module` from a file's tensors. Another network's file is an Error that names both and says what it looks like.
void load_weights(torch::nn::Module& module, const FoundFile& file, const std::string& what,
                  const std::function<StateDict(const Checkpoint&)>& tensors);

struct UsedTrunk {
    std::shared_ptr<const nets::FeatureTrunk> net;  // ready for inference
    WeightsUse use;
};

// Where torchvision publishes a trunk; `own_file`: option trunk=.
WantedFile wanted_trunk(nets::TrunkNet net, const std::string& own_file);
UsedTrunk use_trunk(nets::TrunkNet net, const FoundFile& file);

// A picture's features. `kind`: what `make` depends on beside the picture and the trunk.
const std::vector<at::Tensor>& known_features(const Image& picture, const UsedTrunk& trunk, const std::string& kind,
                                              const std::function<std::vector<at::Tensor>()>& make);

}  // namespace bfr

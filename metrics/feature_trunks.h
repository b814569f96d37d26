// What metrics of a network's features share: the files, the trunk in memory once, the reference's features once.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "metrics/metric.h"
#include "nets/feature_trunk.h"

namespace bfr {

// The file that option `option` of `metric` names, else the catalogue's. Throws UsageError where the option names no
// file, NotAvailable where the catalogue's isn't here.
FoundFile find_weights(const std::string& metric, const std::string& option, const std::string& own_file,
                       const std::string& published, const UnitContext& context);

// Fills `module` from a file's tensors. Another network's file is an Error that names both and says what it looks like.
void load_weights(torch::nn::Module& module, const FoundFile& file, const std::string& what,
                  const std::function<StateDict(const Checkpoint&)>& tensors);

struct UsedTrunk {
    std::shared_ptr<const nets::FeatureTrunk> net;  // ready for inference
    WeightsUse use;
};

// torchvision's, or the file that option trunk= names.
UsedTrunk use_trunk(const std::string& metric, nets::TrunkNet net, const std::string& own_file,
                    const UnitContext& context);

// A picture's features. `kind`: what `make` depends on beside the picture and the trunk.
const std::vector<at::Tensor>& known_features(const Image& picture, const UsedTrunk& trunk, const std::string& kind,
                                              const std::function<std::vector<at::Tensor>()>& make);

}  // namespace bfr

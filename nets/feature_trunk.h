// The convolutional parts of three ImageNet classifiers, whose features LPIPS and DISTS compare: AlexNet (Krizhevsky
// 2014, arXiv 1404.5997), VGG-16 (Simonyan and Zisserman, arXiv 1409.1556) and SqueezeNet 1.1 (Iandola et al., arXiv
// 1602.07360), under torchvision's names (pytorch/vision torchvision/models/{alexnet,vgg,squeezenet}.py at v0.14.0,
// `features.N...`).
#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "nets/ops/packed_conv.h"
#include "nets/prepare.h"
#include "weights/state_dict/state_dict.h"

namespace bfr::nets {

enum class TrunkNet { kAlexNet, kVgg16, kSqueezeNet };
enum class Pooling { kMax, kL2 };  // the classifier's own; DISTS's (nets/ops/pooling.h)

class FeatureTrunk : public torch::nn::Module {
  public:
    explicit FeatureTrunk(TrunkNet net);
    ~FeatureTrunk() override;

    // picture: (B, 3, H, W); scale and shift are its normalisation. Returns the outputs of the layers that LPIPS takes
    // (after the ReLU, before pooling), from the first to the last. Prepared and without gradients: float32,
    // channels-last, and the same bits in any batch and number of threads.
    std::vector<Tensor> features(const Tensor& picture, const InputScale& normalisation,
                                 Pooling pooling = Pooling::kMax) const;

    std::vector<int64_t> channels() const;  // of each of them
    // The shortest side of a picture of which all of them have a pixel.
    int64_t smallest_side(Pooling pooling = Pooling::kMax) const;

  private:
    struct Layer;
    const bool ceil_;
    std::vector<Layer> layers_;
};

std::string_view to_string(TrunkNet net);  // "AlexNet" ...

// The name under which torchvision publishes it, and the catalogue has it: "vgg16-397923af.pth".
std::string published_file(TrunkNet net);

// A trunk's tensors by the names that FeatureTrunk has, of any of the files in which it is published:
// `features.N.rest` beside `classifier...` (torchvision's checkpoints), `N.rest`, a saved LPIPS (`net.sliceK.N.rest`
// beside its heads) or DISTS (`stageK.N.rest` beside its pooling and weights). Names of none of these forms stay as
// they are, for load_strictly() to refuse.
StateDict trunk_tensors(const Checkpoint& checkpoint);

}  // namespace bfr::nets

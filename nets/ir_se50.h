// The IR-SE-50 trunk (Deng et al., ArcFace; as TreB1eN/InsightFace_Pytorch and pSp/e4e name its parts), shared by
// identity networks and the style encoder.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <memory>
#include <vector>

namespace bfr::nets {

struct IrSeInput;
struct IrSeUnit;

struct IrSeOptions {
    std::vector<int64_t> widths = {64, 128, 256, 512};
    std::vector<int> units = {3, 4, 14, 3};
    int64_t reduction = 16;  // of squeeze and excitation
};

// Owns `input_layer` and `body` of the module that it's given, so that their keys stand at its top level.
class IrSeTrunk {
  public:
    IrSeTrunk(torch::nn::Module& owner, const IrSeOptions& options);
    // x: (B, 3, H, W). Returns the body's output after the last unit of each width, from the first width to the last.
    std::vector<at::Tensor> forward(const at::Tensor& x) const;

  private:
    std::shared_ptr<IrSeInput> input_;
    std::vector<std::shared_ptr<IrSeUnit>> units_;
    std::vector<size_t> last_of_width_;
};

}  // namespace bfr::nets

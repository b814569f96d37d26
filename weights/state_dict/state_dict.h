// Checkpoint tensors as LibTorch sees them, and loading them into a network strictly.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <memory>
#include <string>

#include "weights/formats/checkpoint.h"
#include "weights/formats/tensor_entry.h"

namespace torch::nn {
class Module;
}

namespace bfr {

using StateDict = std::map<std::string, at::Tensor>;

// Shares the bytes (kept alive by `owner`) where they are aligned and of a kind that LibTorch has; copies else. The
// result is never written to by this program.
at::Tensor to_tensor(const TensorView& view, std::shared_ptr<const void> owner);

// A tensor to be written, as row-major float32 on the CPU; shares its memory where it's that already.
CheckpointTensor to_checkpoint(std::string path, const at::Tensor& tensor);

// The tensors below `prefix` by their names without it (Checkpoint::below), as to_tensor() gives them. Throws Error
// where they repeat what the file stores to much more than twice its size.
StateDict tensors_below(const Checkpoint& checkpoint, const std::string& prefix);

// Whether a network gets values of its own, or holds the file's: nothing is then copied that needn't be, and the
// network's parameters must never be written to.
enum class Loading { kCopy, kShare };

// Copies every tensor into the parameter or buffer of its name. Strict both ways: throws Error that names `source` and
// the first ten differences (missing, unexpected, other shape, not a number) and how many there are. F16 and BF16
// become the module's float32. num_batches_tracked and StyleGAN2's stored noise maps (noises.noise_N) may be absent.
void load_strictly(torch::nn::Module& module, const StateDict& tensors, const std::string& source,
                   Loading loading = Loading::kCopy);

}  // namespace bfr

// Small files in torch's zip container, as torch.save() lays them out, for tests that need one on the disk.
#pragma once

#include <string>
#include <vector>

#include "weights/formats/checkpoint.h"

namespace bfr::testing {

// A dictionary. What stands before a path's first dot is a dictionary in it ("g_ema.conv1.weight": the key
// "conv1.weight" in "g_ema"), beside the argparse.Namespace "args" that trainers leave. Every tensor has a storage of
// its own, with its offset, shape and strides as they are, wrong ones too. F16, F32, F64 and I64. `deflate`:
// compressed, as torch never is.
std::string torch_zip(const std::vector<CheckpointTensor>& tensors, bool deflate = false);

}  // namespace bfr::testing

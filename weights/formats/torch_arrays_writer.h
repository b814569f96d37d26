// A dictionary of numpy arrays as torch.save(..., _use_new_zipfile_serialization=False) writes it: what BasicSR's
// scripts read statistics from. They multiply numpy's arrays with them, which torch's tensors don't allow.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "weights/formats/checkpoint.h"

namespace bfr {

// The arrays in their order, row-major, and then texts by their keys. torch.load reads it; from torch 2.6 on only with
// weights_only=False, as every file with numpy arrays, BasicSR's own too. As write_file() writes: the whole file or
// none. Throws Error for numbers other than F64 and for an array of 4 GiB or more.
void write_torch_arrays(const std::filesystem::path& path, const std::vector<CheckpointTensor>& arrays,
                        const std::map<std::string, std::string>& texts = {});

}  // namespace bfr

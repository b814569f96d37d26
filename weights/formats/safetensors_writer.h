// Writes safetensors files: what every other program reads.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "weights/formats/checkpoint.h"

namespace bfr {

// The tensors in their order, row-major; views that share bytes are written out each. `floats`: kF16 or kF32 for every
// tensor of a kind with fractions (to nearest, ties to even); none: as they are. Whole numbers and booleans stay.
// Throws Error naming the tensor: two of one path, a finite value beyond what F16 holds.
std::vector<unsigned char> safetensors_bytes(const std::vector<CheckpointTensor>& tensors, std::optional<DType> floats,
                                             const std::map<std::string, std::string>& metadata = {});

// The same as a file, as write_file() writes: the whole file or none.
void write_safetensors(const std::filesystem::path& path, const std::vector<CheckpointTensor>& tensors,
                       std::optional<DType> floats, const std::map<std::string, std::string>& metadata = {});

}  // namespace bfr

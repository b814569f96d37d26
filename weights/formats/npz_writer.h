// numpy's .npz: .npy arrays of version 1 in a zip archive, stored. What numpy.load reads.
#pragma once

#include <filesystem>
#include <vector>

#include "weights/formats/checkpoint.h"

namespace bfr {

// The arrays in their order, row-major, as NAME.npy. As write_file() writes: the whole file or none. Throws Error for
// kinds that numpy hasn't (BF16) and for more than 4 GiB.
void write_npz(const std::filesystem::path& path, const std::vector<CheckpointTensor>& arrays);

}  // namespace bfr

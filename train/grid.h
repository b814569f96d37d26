#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <vector>

namespace bfr::train {

// Rows of equally large pictures, each (B, 3, S, S) in [-1, 1], one under the other -> (3, rows S, B S) in [0, 1].
at::Tensor grid_of(const std::vector<at::Tensor>& rows);

// (3, H, W) in [0, 1], as a JPEG of high quality.
void write_grid(const std::filesystem::path& file, const at::Tensor& picture);

}  // namespace bfr::train

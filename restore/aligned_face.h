// A face on its way into networks that take one size.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

namespace bfr {

// The option `resize`: what makes a square face of another size the networks'.
inline const std::vector<std::string> kResizes = {"none", "bicubic"};

// (1, 3, H, W) in [0, 1] -> (1, 3, side, side) in [0, 1]. Throws Error that says what to do where the picture has
// another size and is not resized, or isn't square.
at::Tensor aligned_face(const at::Tensor& rgb01, int64_t side, const std::string& resize);

// Throws the Error that says what to do with a picture that isn't of the networks' size and isn't resized. `or_else`:
// what else there is, beginning with a comma.
[[noreturn]] void refuse_size(int64_t width, int64_t height, int64_t side, const std::string& or_else);

}  // namespace bfr

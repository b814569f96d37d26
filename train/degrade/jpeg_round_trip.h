#pragma once

#include <ATen/core/Tensor.h>

namespace bfr::train {

// What libjpeg makes of a picture that it encodes and decodes as OpenCV tells it to: 4:2:0, the standard tables at
// `quality` (0 to 100), the slow integer transforms, smooth chroma. libjpeg-turbo's own arithmetic on whole numbers, so
// that every value is equal. `rgb`: (3, H, W), whole numbers 0..255 of any kind, on any device; the result float64.
at::Tensor jpeg_round_trip(const at::Tensor& rgb, int quality);

}  // namespace bfr::train

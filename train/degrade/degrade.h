// The degradations of datasets/degradations in tensor operations: what `bfr degrade` makes of a picture, without OpenCV
// and on any device. Parameters come from draw_parameters(), so that both share every draw.
#pragma once

#include <ATen/core/Tensor.h>

#include "datasets/degradations/parameters.h"

namespace bfr::train {

struct Degraded {
    at::Tensor picture;  // float32 (3, H, W), RGB, as the last step left it: vspbfr's lies on the 8-bit grid
    at::Tensor
        reference;  // what the clean picture became where a step changed it (gray, moved); else the clean one itself
};

// `clean`: float32 (3, H, W), RGB in [0,1], whose size is that of the parameters; its device is the result's. The same
// on every run and with any number of threads. No gradient. Throws as bfr::degrade(): UsageError for parameters that
// check_parameters refuses, Error for a picture of another size. How closely it agrees with `bfr degrade` is said in
// docs/training.md and held by tests/train/degrade.
Degraded degrade(const at::Tensor& clean, const DegradationParameters& parameters);

// Rounded to k / 255, half to even, and clipped: what `bfr degrade` writes of a picture.
at::Tensor on_8bit_grid(const at::Tensor& picture);

}  // namespace bfr::train

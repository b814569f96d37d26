// How a TorchScript module takes and gives pictures, as a unit's options say it.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/registry.h"
#include "base/spec.h"
#include "nets/torchscript.h"

namespace bfr {

struct PictureForm {
    double low = 0, high = 1;          // what black and full light are
    double out_low = 0, out_high = 1;  // the same of a picture that comes out
    bool bgr = false;                  // order of the channels, in and out
    int64_t size = 0;                  // pixels a side that the module takes; 0: any
    std::string resize = "none";       // what makes a picture of another size that size: none, bilinear, bicubic
};

struct PictureModule {
    TorchScriptOptions module;
    PictureForm form;
};

// Options file, range, output_range (where `gives_picture`), channels, size, resize, output. Throws UsageError for a
// wrong or missing one; opens nothing.
PictureModule read_picture_module(SpecReader& reader, const std::string& device, bool gives_picture);
// The rows of these options for a registry's table.
std::vector<OptionInfo> picture_module_options(bool gives_picture);

// `rgb01`: float32 1x3xHxW in [0,1]. Throws Error where its size isn't the module's and nothing resizes it.
at::Tensor picture_for_module(const at::Tensor& rgb01, const PictureForm& form);
// float32 1x3xHxW or 3xHxW as the module gave it to RGB where black is 0 and full light 1, neither clamped nor rounded.
// Throws Error for another shape.
at::Tensor picture_from_module(const at::Tensor& given, const PictureForm& form);

// "float32 RGB, 1x3xHxW, black -1 and full light 1; size 512 alone".
std::string describe(const PictureForm& form);

}  // namespace bfr

// The ways in which FID's implementations bring a picture to the size of their network. Each is separable: rows first,
// then columns, single precision in between. No Image, no OpenCV, no LibTorch.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace bfr {

enum class Resizer {
    // torch.nn.functional.interpolate(mode="bilinear", align_corners=False): two pixels a side whatever the scale, by
    // places in single precision.
    kTorchBilinear,
    // The same with antialias=True: a triangle as wide as the scale, by places in single precision.
    kTorchBilinearAntialiased,
    // Pillow's BICUBIC on mode "F": Keys' cubic with a = -0.5, as wide as the scale; may leave the range of its input.
    kPillowBicubic,
    // TensorFlow 1's resize_bilinear without half-pixel centres: place = index * (from / to), in single precision.
    kTensorFlow1Bilinear,
};
// "torch-bilinear", "torch-bilinear-antialiased", "pillow-bicubic", "tensorflow1-bilinear"
std::string_view to_string(Resizer resizer);

// `pixels`: rows one after the other, channels interleaved; so is the result.
std::vector<float> resampled(std::span<const float> pixels, int width, int height, int channels, int to_width,
                             int to_height, Resizer resizer);

}  // namespace bfr

// What the programs of published restorers do before and after their networks, pixel by pixel: GFPGAN, RestoreFormer
// and CodeFormer (basicsr's img2tensor and tensor2img; XPixelGroup/BasicSR at 8d56e3a, basicsr/utils/img_util.py), and
// PSFRGAN (chaofengc/PSFRGAN at ab853cd, data/single_dataset.py and utils/utils.py), and GPEN (yangxy/GPEN at 2c73670,
// face_model/face_gan.py).
#pragma once

#include <ATen/core/Tensor.h>

#include <opencv2/core/mat.hpp>
#include <string>
#include <vector>

#include "datasets/image.h"

namespace bfr {

// The option `resize`: what becomes of a square face of another size. The authors' is the first.
inline const std::vector<std::string> kAuthorsResizes = {"bilinear", "none"}, kPsfrGanResizes = {"bicubic", "none"};

// How numbers become 8 bits.
enum class AuthorsLevels {
    kNearest,  // rounded, halves to even
    kTruncated,
};

// 8-bit BGR of side x side: the picture itself, or (resize=bilinear) what OpenCV's INTER_LINEAR makes of its 8 bits,
// which reduces a larger one without antialiasing, or (resize=bicubic) what Pillow's BICUBIC makes of them. Throws
// Error that says what to do for another size where nothing is to be resized, and for a picture that isn't square,
// which the authors' programs would squash.
cv::Mat authors_face(const Image& picture, int side, const std::string& resize);

// (1, 3, H, W) RGB, value / 255, less 0.5, by 0.5: [-1, 1].
at::Tensor authors_input(const cv::Mat& bgr8);

// (1, 3, H, W) RGB -> 8-bit BGR: clamped to [-1, 1], (x + 1) / 2, x 255, then `levels`.
cv::Mat authors_picture(const at::Tensor& rgb, AuthorsLevels levels = AuthorsLevels::kNearest);
// The same of RGB in [0, 1], to which it is clamped.
cv::Mat authors_picture01(const at::Tensor& rgb01, AuthorsLevels levels = AuthorsLevels::kNearest);

// Of these three, for a method's convention.
std::string authors_convention(int side, const std::string& resize, AuthorsLevels levels = AuthorsLevels::kNearest);

}  // namespace bfr

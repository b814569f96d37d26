#include "restore/authors_face.h"

#include <ATen/ATen.h>

#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "datasets/pillow_resize.h"

namespace bfr {

cv::Mat authors_face(const Image& picture, int side, const std::string& resize) {
    const int width = picture.width(), height = picture.height();
    if (width == side && height == side) return picture.bgr8();
    if (width != height || resize == "none") {
        throw Error(fmt::format(
            "the picture is {}x{}: this network takes aligned faces of {}x{}; cut them by bfr align --size {}, or "
            "restore whole photographs by bfr restore --align --paste{}",
            width, height, side, side, side,
            width == height ? ", or leave the option resize alone (the result is then of the network's size)" : ""));
    }
    if (resize == "bicubic") {
        const cv::Mat whole = picture.bgr8();
        const auto bytes = pillow_resize(PillowFilter::kBicubic, whole.data, width, height, side, side);
        return cv::Mat(side, side, CV_8UC3, const_cast<uint8_t*>(bytes.data())).clone();
    }
    cv::Mat resized;
    cv::resize(picture.bgr8(), resized, cv::Size(side, side), 0, 0, cv::INTER_LINEAR);
    return resized;
}

at::Tensor authors_input(const cv::Mat& bgr8) {
    BFR_CHECK(bgr8.type() == CV_8UC3 && bgr8.isContinuous(), "8-bit pixels of three channels are needed");
    const at::Tensor bytes =
        at::from_blob(bgr8.data, {1, bgr8.rows, bgr8.cols, 3}, at::TensorOptions(at::kByte)).to(at::kFloat);
    return ((bytes.flip({3}).permute({0, 3, 1, 2}) / 255) - 0.5) / 0.5;
}

cv::Mat authors_picture(const at::Tensor& rgb, AuthorsLevels rule) {
    return authors_picture01((rgb.to(at::kCPU, at::kFloat).clamp(-1, 1) + 1) / 2, rule);
}

cv::Mat authors_picture01(const at::Tensor& rgb01, AuthorsLevels rule) {
    BFR_CHECK(rgb01.dim() == 4 && rgb01.size(0) == 1 && rgb01.size(1) == 3, "one RGB picture is needed");
    const at::Tensor exact = rgb01.to(at::kCPU, at::kFloat).clamp(0, 1) * 255;
    const at::Tensor levels = rule == AuthorsLevels::kNearest ? exact.round() : exact.floor();
    const at::Tensor bytes = levels[0].flip({0}).permute({1, 2, 0}).to(at::kByte).contiguous();
    cv::Mat bgr(static_cast<int>(bytes.size(0)), static_cast<int>(bytes.size(1)), CV_8UC3);
    std::memcpy(bgr.data, bytes.data_ptr<uint8_t>(), bytes.nbytes());
    return bgr;
}

std::string authors_convention(int side, const std::string& resize, AuthorsLevels levels) {
    std::string text = fmt::format("{0}x{0} aligned face, 8-bit RGB to [-1, 1]", side);
    if (resize != "none")
        text += fmt::format(
            ", square ones of another size resized to it first ({}) and left in this size, as the authors' programs do",
            resize == "bicubic" ? "Pillow's 8-bit bicubic" : "OpenCV's 8-bit bilinear, no antialiasing");
    return text + "; clamped to [-1, 1], (x + 1) / 2, x 255, " +
           (levels == AuthorsLevels::kNearest ? "rounded to 8 bits, halves to even" : "truncated to 8 bits");
}

}  // namespace bfr

#include "datasets/faces/dlib_image.h"

#include <opencv2/imgproc.hpp>

#include "base/error.h"

namespace bfr {

static_assert(sizeof(dlib::rgb_pixel) == 3, "a row of rgb_pixel must be a row of CV_8UC3");

DlibImage to_dlib_image(const cv::Mat& bgr8) {
    BFR_CHECK(bgr8.type() == CV_8UC3, "an 8-bit BGR picture is wanted, this is type {}", bgr8.type());
    DlibImage pixels(bgr8.rows, bgr8.cols);
    if (bgr8.empty()) return pixels;
    cv::Mat view(bgr8.rows, bgr8.cols, CV_8UC3, &pixels(0, 0));
    cv::cvtColor(bgr8, view, cv::COLOR_BGR2RGB);
    return pixels;
}

const DlibImage& dlib_image(const Image& image) {
    return image.memo<DlibImage>("faces.dlib_image", [&] { return to_dlib_image(image.bgr8()); });
}

}  // namespace bfr

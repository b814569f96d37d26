#include "reports/thumbnail.h"

#include <openssl/evp.h>

#include <algorithm>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <utility>

namespace bfr {

namespace {

std::string base64(const std::vector<unsigned char>& bytes) {
    std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');  // OpenSSL ends it with a zero byte
    const int length =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(), static_cast<int>(bytes.size()));
    text.resize(static_cast<size_t>(length));
    return text;
}

}  // namespace

Thumbnail make_thumbnail(const Image& image, int side, int quality) {
    const double scale = std::min(1.0, static_cast<double>(side) / std::max(image.width(), image.height()));
    const auto shrunk = [&](int length) { return std::max(1, cvRound(length * scale)); };
    cv::Mat small = image.bgr8();
    if (scale < 1)
        cv::resize(image.bgr8(), small, {shrunk(image.width()), shrunk(image.height())}, 0, 0, cv::INTER_AREA);
    std::vector<unsigned char> jpeg;
    cv::imencode(".jpg", small, jpeg, {cv::IMWRITE_JPEG_QUALITY, quality, cv::IMWRITE_JPEG_OPTIMIZE, 1});
    return {std::move(jpeg), small.cols, small.rows};
}

std::string data_uri(const Thumbnail& thumbnail) { return "data:image/jpeg;base64," + base64(thumbnail.jpeg); }

}  // namespace bfr

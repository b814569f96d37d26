#include "datasets/image.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"
#include "datasets/image_header.h"

namespace bfr {
namespace {

// Runs one call of the decoder or encoder; what it throws is said of the file.
template <class Call>
auto with_codec(const std::string& name, const char* what, Call&& call) {
    [[maybe_unused]] static const auto former = cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
    try {
        return call();
    } catch (const cv::Exception& error) {
        throw Error(fmt::format("{}: can't be {}: {}", name, what, error.err));
    } catch (const std::bad_alloc&) {
        throw Error(fmt::format("{}: can't be {}: not enough memory", name, what));
    }
}

// As Exif numbers them: 1 upright, 2 mirrored, 3 turned by 180 degrees, 4 upside down, 5 to 8 the same transposed.
cv::Mat oriented(cv::Mat picture, int orientation) {
    if (orientation >= 5) picture = picture.t();
    constexpr int kNoFlip = 2;
    constexpr std::array<int, 9> kFlip = {kNoFlip, kNoFlip, 1, -1, 0, kNoFlip, 1, -1, 0};
    if (const int flip = kFlip[orientation]; flip != kNoFlip) cv::flip(picture, picture, flip);
    return picture;
}

// The decoder turns a TIFF itself, and no flag stops it; the others are turned here, because it knows no WebP's Exif.
cv::Mat decoded(const std::vector<unsigned char>& bytes, const std::string& name, const ImageInfo& info, int flags) {
    const bool tiff = info.format == "tiff";
    const cv::Mat picture = with_codec(
        name, "decoded", [&] { return cv::imdecode(bytes, tiff ? flags : flags | cv::IMREAD_IGNORE_ORIENTATION); });
    if (picture.empty()) throw Error(fmt::format("{}: can't be decoded: its {} data is damaged", name, info.format));
    return tiff ? picture : oriented(picture, info.exif_orientation);
}

std::vector<unsigned char> png_bytes(const cv::Mat& bgr, const std::string& name) {
    std::vector<unsigned char> bytes;
    // Without parameters: the fastest setting (level 1, run lengths, one filter). A 512x512 face takes 6 ms and 200 to
    // 320 KB; any level given explicitly turns on the search for filters: 10 ms and 5 to 20 % less at level 1, 35 to 50
    // ms at level 6.
    const bool done = with_codec(name, "encoded", [&] { return cv::imencode(".png", bgr, bytes); });
    if (!done) throw Error(fmt::format("{}: can't be encoded as PNG", name));
    return bytes;
}

}  // namespace

ImagePtr Image::load(const std::filesystem::path& path, const DecodeLimits& limits) {
    return decode(read_file(path, limits.max_file_bytes), printable(path), limits);
}

ImagePtr Image::decode(std::vector<unsigned char> bytes, std::string name, const DecodeLimits& limits) {
    if (bytes.size() > limits.max_file_bytes) {
        throw Error(
            fmt::format("{}: has {} bytes, more than the limit of {}", name, bytes.size(), limits.max_file_bytes));
    }
    const ImageHeader header = read_image_header(bytes, name, limits.max_pixels);
    const bool deep = header.info.bit_depth == 16;
    const int flags = deep ? cv::IMREAD_COLOR | cv::IMREAD_ANYDEPTH : cv::IMREAD_COLOR;
    cv::Mat pixels;
    if (header.unassociated_alpha_at) {
        // libtiff would multiply the colours by this kind of alpha; calling it the other kind keeps them as they are.
        auto dropped = bytes;
        dropped[*header.unassociated_alpha_at] = 1;
        pixels = decoded(dropped, name, header.info, flags);
    } else {
        pixels = decoded(bytes, name, header.info, flags);
    }
    const bool transposed = header.info.exif_orientation >= 5;
    const auto rows = static_cast<int>(transposed ? header.width : header.height);
    const auto cols = static_cast<int>(transposed ? header.height : header.width);
    if (pixels.rows != rows || pixels.cols != cols || pixels.type() != (deep ? CV_16UC3 : CV_8UC3)) {
        throw Error(fmt::format("{}: is damaged: it was decoded as {}x{} where its header says {}x{}", name,
                                pixels.cols, pixels.rows, cols, rows));
    }
    if (deep) {
        if (header.white_is_zero) cv::bitwise_not(pixels, pixels);  // OpenCV's 16-bit TIFF reader leaves that out
        pixels.convertTo(pixels, CV_8U, 1.0 / 257);                 // rounds; no value of 16 bits lies halfway
    }
    std::shared_ptr<Image> image(new Image);
    image->name_ = std::move(name);
    image->info_ = header.info;
    image->bytes_ = std::move(bytes);
    image->bgr8_ = pixels.isContinuous() ? pixels : pixels.clone();
    return image;
}

ImagePtr Image::from_bgr8(cv::Mat bgr, std::string name) {
    BFR_CHECK(bgr.type() == CV_8UC3 && !bgr.empty(), "{}: a picture of type {}, {}x{}", name, bgr.type(), bgr.cols,
              bgr.rows);
    std::shared_ptr<Image> image(new Image);
    image->name_ = std::move(name);
    image->info_.format = "memory";
    image->bgr8_ = bgr.isContinuous() ? std::move(bgr) : bgr.clone();
    return image;
}

ImagePtr Image::from_rgb01(const at::Tensor& rgb, std::string name) {
    const bool batch = rgb.defined() && rgb.dim() == 4 && rgb.size(0) == 1;
    const at::Tensor chw = batch ? rgb.select(0, 0) : rgb;
    BFR_CHECK(chw.defined() && chw.dim() == 3 && chw.size(0) == 3 && chw.numel() > 0 && chw.scalar_type() == at::kFloat,
              "{}: not a float32 tensor of 1x3xHxW or 3xHxW", name);
    const at::Tensor planes = chw.detach().cpu().contiguous();
    const auto height = static_cast<int>(planes.size(1)), width = static_cast<int>(planes.size(2));
    const float* values = planes.data_ptr<float>();
    const size_t plane = size_t(height) * width;
    cv::Mat bgr(height, width, CV_8UC3);
    bool has_nan = false;
    for (size_t i = 0; i < plane; i++) {
        for (int c = 0; c < 3; c++) {
            const float value = values[c * plane + i];
            has_nan |= std::isnan(value);
            bgr.data[3 * i + 2 - c] =
                has_nan ? 0 : static_cast<unsigned char>(std::clamp(value, 0.0f, 1.0f) * 255.0f + 0.5f);
        }
    }
    if (has_nan) throw Error(fmt::format("{}: the picture holds values that are not numbers (NaN)", name));
    return from_bgr8(std::move(bgr), std::move(name));
}

const cv::Mat& Image::rgb8() const {
    return memo<cv::Mat>("image.rgb8", [this] {
        cv::Mat rgb;
        cv::cvtColor(bgr8_, rgb, cv::COLOR_BGR2RGB);
        return rgb;
    });
}

at::Tensor Image::rgb01() const {
    static const auto kUnit = [] {
        std::array<float, 256> unit{};
        for (int k = 0; k < 256; k++) unit[k] = static_cast<float>(k) / 255.0f;
        return unit;
    }();
    // Made anew for each caller: one that writes into its tensor must not change another's.
    at::Tensor rgb = at::empty({1, 3, height(), width()}, at::kFloat);
    const size_t plane = bgr8_.total();
    float* values = rgb.data_ptr<float>();
    const unsigned char* pixel = bgr8_.data;
    for (size_t i = 0; i < plane; i++, pixel += 3) {
        values[i] = kUnit[pixel[2]];
        values[plane + i] = kUnit[pixel[1]];
        values[2 * plane + i] = kUnit[pixel[0]];
    }
    return rgb;
}

const cv::Mat& Image::decoder_gray8() const {
    return memo<cv::Mat>("image.decoder_gray8", [this] {
        return decoded(bytes_.empty() ? png_bytes(bgr8_, name_) : bytes_, name_, info_, cv::IMREAD_GRAYSCALE);
    });
}

const std::string& Image::sha256() const {
    return memo<std::string>("image.sha256", [this] {
        if (!bytes_.empty()) return bfr::sha256(bytes_);
        std::vector<unsigned char> text;
        for (const int value : {width(), height()}) {
            for (int shift = 0; shift < 32; shift += 8) text.push_back(static_cast<unsigned char>(value >> shift));
        }
        text.insert(text.end(), bgr8_.data, bgr8_.data + 3 * bgr8_.total());
        return bfr::sha256(text);
    });
}

void save_png(const Image& image, const std::filesystem::path& path) {
    write_file(path, png_bytes(image.bgr8(), printable(path)));
}

}  // namespace bfr

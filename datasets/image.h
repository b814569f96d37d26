// A picture: its bytes, its decoded pixels, and views made when first asked for.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <opencv2/core/mat.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/memo.h"

namespace bfr {

struct DecodeLimits {
    uint64_t max_file_bytes = uint64_t{512} << 20;
    uint64_t max_pixels =
        uint64_t{1} << 26;  // checked from the header, before anything is decoded (decompression bombs)
};

// What the file held before the decoding policy was applied (docs/data.md: alpha is dropped, 16 bit becomes 8 by value
// / 257 rounded, gray becomes three equal channels, EXIF orientation is applied, colour profiles are not).
struct ImageInfo {
    std::string format;  // "png", "jpeg", "webp", "tiff", "bmp", or "memory"
    int channels = 3;
    int bit_depth = 8;
    bool has_alpha = false;
    int exif_orientation = 1;
};

class Image;
using ImagePtr = std::shared_ptr<const Image>;

// Thread-safe once made. Views live as long as the picture.
class Image {
  public:
    // Throws Error naming the file: unreadable, not a picture, truncated, over a limit.
    static ImagePtr load(const std::filesystem::path& path, const DecodeLimits& limits = {});
    // `name` stands for the file in messages.
    static ImagePtr decode(std::vector<unsigned char> bytes, std::string name, const DecodeLimits& limits = {});
    // A picture that has no file, such as a restored one: 8-bit BGR (CV_8UC3), shared, not copied, and not to be
    // changed after.
    static ImagePtr from_bgr8(cv::Mat bgr, std::string name);
    // [0,1] RGB float 1x3xHxW (or 3xHxW), quantised as clamp, x 255 + 0.5, truncated: torchvision's save_image.
    static ImagePtr from_rgb01(const at::Tensor& rgb, std::string name);

    int width() const { return bgr8_.cols; }
    int height() const { return bgr8_.rows; }
    const std::string& name() const { return name_; }
    const ImageInfo& info() const { return info_; }

    const cv::Mat& bgr8() const { return bgr8_; }  // CV_8UC3, continuous
    const cv::Mat& rgb8() const;                   // CV_8UC3, continuous
    at::Tensor rgb01() const;                      // float32, 1x3xHxW, contiguous, values k / 255
    // What cv::imread(IMREAD_GRAYSCALE) gives for the file (for a picture without one: for its PNG). Not a conversion
    // of bgr8(): the JPEG and PNG decoders have their own gray, and some of the field's metrics read it so.
    const cv::Mat& decoder_gray8() const;
    // SHA-256 of the file's bytes; for a picture without a file, of width, height and BGR bytes.
    const std::string& sha256() const;

    // A value derived from this picture alone, computed once however many units ask for it (points, embeddings,
    // statistics). `key` names the computation and all its options.
    template <class T>
    const T& memo(std::string_view key, const std::function<T()>& make) const {
        return memo_->get<T>(key, make);
    }

  private:
    Image() = default;
    std::string name_;
    ImageInfo info_;
    std::vector<unsigned char> bytes_;
    cv::Mat bgr8_;
    std::unique_ptr<Memo> memo_ = std::make_unique<Memo>();
};

// Lossless PNG, written atomically (base/files.h). The same pixels give the same bytes.
void save_png(const Image& image, const std::filesystem::path& path);

}  // namespace bfr

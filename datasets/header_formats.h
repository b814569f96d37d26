// One reader a format, for image_header.cpp; and the bounds-checked view of a file that they share.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "datasets/image_header.h"

namespace bfr {

enum class ByteOrder { kLittle, kBig };

// Reads outside the file throw "is truncated".
class HeaderBytes {
  public:
    HeaderBytes(std::span<const unsigned char> bytes, const std::string& name, uint64_t max_pixels)
        : bytes_(bytes), name_(name), max_pixels_(max_pixels) {}

    uint64_t size() const { return bytes_.size(); }
    const unsigned char* data() const { return bytes_.data(); }
    void need(uint64_t at, uint64_t count) const {
        if (at > size() || count > size() - at) truncated();
    }
    uint64_t number(uint64_t at, int count, ByteOrder order) const;
    uint32_t u8(uint64_t at) const { return static_cast<uint32_t>(number(at, 1, ByteOrder::kBig)); }
    uint32_t be16(uint64_t at) const { return static_cast<uint32_t>(number(at, 2, ByteOrder::kBig)); }
    uint32_t be32(uint64_t at) const { return static_cast<uint32_t>(number(at, 4, ByteOrder::kBig)); }
    uint32_t le16(uint64_t at) const { return static_cast<uint32_t>(number(at, 2, ByteOrder::kLittle)); }
    uint32_t le32(uint64_t at) const { return static_cast<uint32_t>(number(at, 4, ByteOrder::kLittle)); }
    bool has(uint64_t at, std::string_view text) const;  // false where the file ends before

    // Puts the size into the header; throws where it is nothing or over the limit.
    void set_size(ImageHeader& header, uint64_t width, uint64_t height) const;
    uint64_t max_pixels() const { return max_pixels_; }

    [[noreturn]] void truncated() const;
    [[noreturn]] void damaged(const std::string& why) const;
    [[noreturn]] void unsupported(const std::string& why) const;

  private:
    std::span<const unsigned char> bytes_;
    const std::string& name_;
    uint64_t max_pixels_;
};

ImageHeader png_header(const HeaderBytes& file);
ImageHeader jpeg_header(const HeaderBytes& file);
ImageHeader webp_header(const HeaderBytes& file);
ImageHeader tiff_header(const HeaderBytes& file);
ImageHeader bmp_header(const HeaderBytes& file);

// The orientation (1 to 8) of an Exif block, which is a TIFF without pixels; 1 where it has none or is damaged.
int exif_orientation(std::span<const unsigned char> block);

}  // namespace bfr

#include "datasets/image_header.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>

#include "datasets/header_formats.h"

namespace bfr {

uint64_t HeaderBytes::number(uint64_t at, int count, ByteOrder order) const {
    need(at, count);
    uint64_t value = 0;
    for (int i = 0; i < count; i++) value = value << 8 | bytes_[at + (order == ByteOrder::kBig ? i : count - 1 - i)];
    return value;
}

bool HeaderBytes::has(uint64_t at, std::string_view text) const {
    return at <= size() && text.size() <= size() - at && std::memcmp(data() + at, text.data(), text.size()) == 0;
}

void HeaderBytes::set_size(ImageHeader& header, uint64_t width, uint64_t height) const {
    if (width == 0 || height == 0) damaged(fmt::format("its size is {}x{}", width, height));
    if (width > max_pixels_ / height) {
        throw Error(fmt::format("{}: says it is {}x{}, over the limit of {} pixels; make it smaller or raise the limit",
                                name_, width, height, max_pixels_));
    }
    header.width = width;
    header.height = height;
}

void HeaderBytes::truncated() const {
    throw Error(fmt::format("{}: is truncated: the file ends within the picture; copy or download it again", name_));
}

void HeaderBytes::damaged(const std::string& why) const { throw Error(fmt::format("{}: is damaged: {}", name_, why)); }

void HeaderBytes::unsupported(const std::string& why) const {
    throw Error(fmt::format("{}: can't be read here: {}; save it as an 8- or 16-bit PNG", name_, why));
}

ImageHeader read_image_header(std::span<const unsigned char> bytes, const std::string& name, uint64_t max_pixels) {
    const HeaderBytes file(bytes, name, max_pixels);
    using namespace std::string_view_literals;
    if (file.size() == 0) throw Error(fmt::format("{}: is empty (0 bytes)", name));
    if (file.has(0, "\x89PNG\r\n\x1a\n"sv)) return png_header(file);
    if (file.has(0, "\xFF\xD8\xFF"sv)) return jpeg_header(file);
    if (file.has(0, "RIFF"sv) && file.has(8, "WEBP"sv)) return webp_header(file);
    if (file.has(0, "II*\0"sv) || file.has(0, "MM\0*"sv)) return tiff_header(file);
    if (file.has(0, "II+\0"sv) || file.has(0, "MM\0+"sv)) file.unsupported("it is a BigTIFF");
    if (file.has(0, "BM"sv)) return bmp_header(file);
    throw Error(
        fmt::format("{}: is not a picture: its first bytes are not those of PNG, JPEG, WebP, TIFF or BMP", name));
}

ImageHeader png_header(const HeaderBytes& file) {
    ImageHeader header;
    header.info.format = "png";
    bool has_data = false, at_end = false;
    for (uint64_t at = 8; !at_end;) {
        const uint64_t length = file.be32(at);
        file.need(at, 12 + length);
        const unsigned char* body = file.data() + at + 8;
        const auto crc = ::crc32_z(0, body - 4, length + 4);
        if (crc != file.be32(at + 8 + length))
            file.damaged(fmt::format("the checksum of its part at byte {} is wrong", at));
        if (at == 8) {
            if (!file.has(at + 4, "IHDR") || length != 13) file.damaged("it doesn't begin with a header");
            file.set_size(header, file.be32(at + 8), file.be32(at + 12));
            header.info.bit_depth = body[8];
            const int colour = body[9];
            header.info.has_alpha = colour == 4 || colour == 6;
            header.info.channels = colour == 0 ? 1 : colour == 4 ? 2 : colour == 6 ? 4 : 3;
        } else if (file.has(at + 4, "tRNS")) {
            header.info.has_alpha = true;
        } else if (file.has(at + 4, "eXIf")) {
            header.info.exif_orientation = exif_orientation({body, length});
        } else if (file.has(at + 4, "IDAT")) {
            has_data = true;
        }
        at_end = file.has(at + 4, "IEND");
        at += 12 + length;
    }
    if (!has_data) file.damaged("it holds no pixels");
    return header;
}

ImageHeader bmp_header(const HeaderBytes& file) {
    ImageHeader header;
    header.info.format = "bmp";
    const uint64_t pixels_at = file.le32(10), header_bytes = file.le32(14);
    const bool core = header_bytes == 12;
    if (!core && header_bytes < 36) file.damaged(fmt::format("its header has {} bytes", header_bytes));
    file.need(14, header_bytes);
    const int64_t width = core ? file.le16(18) : static_cast<int32_t>(file.le32(18));
    const int64_t height = core ? file.le16(20) : static_cast<int32_t>(file.le32(22));  // negative: top row first
    const uint64_t bits = file.le16(core ? 24 : 28), compression = core ? 0 : file.le32(30);
    if (width < 0) file.damaged(fmt::format("its width is {}", width));
    file.set_size(header, width, height < 0 ? -height : height);
    if (compression > 3) file.unsupported("it is a BMP with another format inside");
    const bool run_lengths = compression == 1 || compression == 2;
    const uint64_t stride = (header.width * bits + 31) / 32 * 4;
    file.need(pixels_at, run_lengths ? file.le32(34) : stride * header.height);
    header.info.has_alpha = bits == 32 && header_bytes >= 56 && file.le32(66) != 0;
    header.info.channels = header.info.has_alpha ? 4 : 3;
    return header;
}

ImageHeader webp_header(const HeaderBytes& file) {
    ImageHeader header;
    header.info.format = "webp";
    const uint64_t end = 8 + uint64_t{file.le32(4)};
    file.need(0, end);
    bool has_data = false;
    for (uint64_t at = 12; at + 8 <= end;) {
        const uint64_t length = file.le32(at + 4), body = at + 8;
        if (length > end - body) file.damaged(fmt::format("its part at byte {} is longer than the picture", at));
        if (file.has(at, "VP8X")) {
            if (file.u8(body) & 0x02) file.unsupported("it is an animation");
            const auto three_bytes = [&](uint64_t where) { return file.number(where, 3, ByteOrder::kLittle) + 1; };
            file.set_size(header, three_bytes(body + 4), three_bytes(body + 7));
            header.info.has_alpha = (file.u8(body) & 0x10) != 0;
        } else if (file.has(at, "VP8 ") && !has_data) {
            has_data = true;
            file.set_size(header, file.le16(body + 6) & 0x3FFF, file.le16(body + 8) & 0x3FFF);
        } else if (file.has(at, "VP8L") && !has_data) {
            has_data = true;
            const uint32_t packed = file.le32(body + 1);
            file.set_size(header, (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1);
            header.info.has_alpha = (packed >> 28 & 1) != 0;
        } else if (file.has(at, "EXIF")) {
            header.info.exif_orientation = exif_orientation({file.data() + body, length});
        }
        at = body + length + length % 2;
    }
    if (!has_data) file.damaged("it holds no pixels");
    header.info.channels = header.info.has_alpha ? 4 : 3;
    return header;
}

}  // namespace bfr

#include <cstring>

#include "datasets/header_formats.h"

namespace bfr {
namespace {

// The position of the next marker's second byte, at or after `at`. Stuffed zeros, restart markers and stray bytes are
// passed over, as libjpeg does; a thumbnail's markers aren't met, because it lies within a segment.
uint64_t next_marker(const HeaderBytes& file, uint64_t at) {
    for (;;) {
        if (at >= file.size()) file.truncated();
        const void* found = std::memchr(file.data() + at, 0xFF, file.size() - at);
        if (!found) file.truncated();
        at = static_cast<const unsigned char*>(found) - file.data() + 1;
        while (file.u8(at) == 0xFF) at++;
        const uint32_t marker = file.u8(at);
        if (marker > 0x01 && !(marker >= 0xD0 && marker <= 0xD7)) return at;
    }
}

bool is_frame(uint32_t marker) {
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

}  // namespace

ImageHeader jpeg_header(const HeaderBytes& file) {
    ImageHeader header;
    header.info.format = "jpeg";
    bool has_frame = false, has_scan = false, has_exif = false;
    for (uint64_t at = 2;;) {
        at = next_marker(file, at);
        const uint32_t marker = file.u8(at++);
        if (marker == 0xD9) break;  // end of image
        const uint64_t length = file.be16(at);
        if (length < 2) file.damaged(fmt::format("its segment at byte {} has no length", at));
        file.need(at, length);
        if (is_frame(marker)) {
            if (has_frame) file.damaged("it has two frames");
            has_frame = true;
            header.info.bit_depth = static_cast<int>(file.u8(at + 2));
            if (header.info.bit_depth != 8) {
                file.unsupported(fmt::format("it is a JPEG of {} bits", header.info.bit_depth));
            }
            file.set_size(header, file.be16(at + 5), file.be16(at + 3));
            header.info.channels = static_cast<int>(file.u8(at + 7));
        } else if (marker == 0xE1 && !has_exif && length >= 8 && file.has(at + 2, std::string_view("Exif\0\0", 6))) {
            has_exif = true;
            header.info.exif_orientation = exif_orientation({file.data() + at + 8, length - 8});
        } else if (marker == 0xDA) {
            if (!has_frame) file.damaged("its pixels come before its size");
            has_scan = true;
        }
        at += length;
    }
    if (!has_scan) file.damaged("it holds no pixels");
    return header;
}

}  // namespace bfr

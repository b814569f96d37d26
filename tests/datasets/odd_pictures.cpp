#include "tests/datasets/odd_pictures.h"

#include <zlib.h>

#include <algorithm>
#include <opencv2/imgcodecs.hpp>

#include "base/error.h"
#include "tests/support/support.h"

namespace bfr::testing {
namespace {

class Writer {
  public:
    explicit Writer(bool big_endian) : big_endian_(big_endian) {}
    void number(uint64_t value, int size) {
        for (int i = 0; i < size; i++) {
            const int shift = 8 * (big_endian_ ? size - 1 - i : i);
            bytes.push_back(static_cast<unsigned char>(value >> shift));
        }
    }
    void text(const std::string& text) { bytes.insert(bytes.end(), text.begin(), text.end()); }
    void block(const Bytes& block) { bytes.insert(bytes.end(), block.begin(), block.end()); }
    Bytes bytes;

  private:
    bool big_endian_;
};

struct TiffEntry {
    int tag;
    int type;  // 3: 16 bits, 4: 32 bits
    std::vector<uint32_t> values;
};

// Header, one directory of `entries` and what overflows from it; `data` follows at the offset that data_at() foretells.
size_t directory_size(const std::vector<TiffEntry>& entries) {
    size_t size = 8 + 2 + 12 * entries.size() + 4;
    for (const auto& entry : entries) {
        const size_t bytes = entry.values.size() * (entry.type == 3 ? 2 : 4);
        if (bytes > 4) size += bytes + bytes % 2;
    }
    return size;
}

Bytes tiff_directory(const std::vector<TiffEntry>& entries, bool big_endian) {
    Writer head(big_endian), overflow(big_endian);
    const size_t overflow_at = 8 + 2 + 12 * entries.size() + 4;
    head.text(big_endian ? "MM" : "II");
    head.number(42, 2);
    head.number(8, 4);
    head.number(entries.size(), 2);
    for (const auto& entry : entries) {
        const int size = entry.type == 3 ? 2 : 4;
        head.number(entry.tag, 2);
        head.number(entry.type, 2);
        head.number(entry.values.size(), 4);
        Writer values(big_endian);
        for (const uint32_t value : entry.values) values.number(value, size);
        if (values.bytes.size() > 4) {
            head.number(overflow_at + overflow.bytes.size(), 4);
            overflow.block(values.bytes);
            if (overflow.bytes.size() % 2) overflow.number(0, 1);
        } else {
            values.bytes.resize(4);
            head.block(values.bytes);
        }
    }
    head.number(0, 4);
    head.block(overflow.bytes);
    return head.bytes;
}

class BitWriter {
  public:
    void put(uint32_t value, int count) {
        for (int i = count - 1; i >= 0; i--) {
            byte_ = byte_ << 1 | (value >> i & 1);
            if (++filled_ == 8) flush();
        }
    }
    Bytes finish() {
        while (filled_ != 0) put(1, 1);
        return bytes_;
    }

  private:
    void flush() {
        bytes_.push_back(static_cast<unsigned char>(byte_));
        if (bytes_.back() == 0xFF) bytes_.push_back(0);
        byte_ = 0;
        filled_ = 0;
    }
    Bytes bytes_;
    uint32_t byte_ = 0;
    int filled_ = 0;
};

}  // namespace

cv::Mat noise_picture(int width, int height, int type) {
    cv::Mat picture(height, width, type);
    const size_t count = picture.total() * picture.elemSize();
    const auto values = hash_fill("noise picture", count, 0, 255.99f);
    std::transform(values.begin(), values.end(), picture.data, [](float v) { return static_cast<unsigned char>(v); });
    return picture;
}

cv::Mat smooth_picture(int width, int height) {
    cv::Mat picture(height, width, CV_8UC3);
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            const auto ramp = [](int k, int n) {
                return static_cast<unsigned char>(20 + 200 * k / std::max(n - 1, 1));
            };
            picture.at<cv::Vec3b>(y, x) = {ramp(x, width), ramp(y, height), ramp(x + y, width + height - 1)};
        }
    }
    return picture;
}

Bytes encoded(const std::string& extension, const cv::Mat& picture, const std::vector<int>& parameters) {
    Bytes bytes;
    BFR_CHECK(cv::imencode(extension, picture, bytes, parameters), "no encoder for {}", extension);
    return bytes;
}

Bytes png_chunk(const PngChunk& chunk) {
    Writer out(true);
    out.number(chunk.second.size(), 4);
    out.text(chunk.first);
    out.block(chunk.second);
    out.number(::crc32(0, out.bytes.data() + 4, static_cast<uInt>(out.bytes.size() - 4)), 4);
    return out.bytes;
}

Bytes png_file(int width, int height, int bit_depth, int colour_type, const Bytes& rows,
               const std::vector<PngChunk>& chunks) {
    Writer out(true), header(true);
    out.block({0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'});
    header.number(width, 4);
    header.number(height, 4);
    for (const int value : {bit_depth, colour_type, 0, 0, 0}) header.number(value, 1);
    out.block(png_chunk({"IHDR", header.bytes}));
    for (const auto& chunk : chunks) out.block(png_chunk(chunk));
    const size_t stride = rows.size() / height;
    Bytes filtered;
    for (int y = 0; y < height; y++) {
        filtered.push_back(0);
        filtered.insert(filtered.end(), rows.begin() + y * stride, rows.begin() + (y + 1) * stride);
    }
    uLongf size = ::compressBound(filtered.size());
    Bytes packed(size);
    BFR_CHECK(::compress(packed.data(), &size, filtered.data(), filtered.size()) == Z_OK, "zlib failed");
    packed.resize(size);
    out.block(png_chunk({"IDAT", packed}));
    out.block(png_chunk({"IEND", {}}));
    return out.bytes;
}

Bytes png_with_chunk(const Bytes& png, const PngChunk& chunk) {
    Bytes out = png;
    const Bytes added = png_chunk(chunk);
    out.insert(out.begin() + 8 + 25, added.begin(), added.end());
    return out;
}

Bytes tiff_file(const TiffSpec& spec, const Bytes& data) {
    std::vector<TiffEntry> entries;
    const auto add = [&](int tag, int type, std::vector<uint32_t> values) { entries.push_back({tag, type, values}); };
    add(256, 4, {uint32_t(spec.width)});
    add(257, 4, {uint32_t(spec.height)});
    add(258, 3, std::vector<uint32_t>(spec.samples, spec.bits));
    add(259, 3, {1});
    add(262, 3, {uint32_t(spec.photometric)});
    const uint32_t across = spec.tile ? (spec.width + spec.tile - 1) / spec.tile : 1;
    const uint32_t down = spec.tile ? (spec.height + spec.tile - 1) / spec.tile : 1;
    const uint32_t blocks = across * down * (spec.planar == 2 ? spec.samples : 1);
    const uint32_t block = static_cast<uint32_t>(data.size()) / blocks;
    if (!spec.tile) add(273, 4, std::vector<uint32_t>(blocks));
    if (spec.orientation) add(274, 3, {uint32_t(spec.orientation)});
    add(277, 3, {uint32_t(spec.samples)});
    if (!spec.tile) {
        add(278, 4, {uint32_t(spec.height)});
        add(279, 4, std::vector<uint32_t>(blocks, block));
    }
    add(284, 3, {uint32_t(spec.planar)});
    if (!spec.palette.empty()) add(320, 3, {spec.palette.begin(), spec.palette.end()});
    if (spec.tile) {
        add(322, 3, {uint32_t(spec.tile)});
        add(323, 3, {uint32_t(spec.tile)});
        add(324, 4, std::vector<uint32_t>(blocks));
        add(325, 4, std::vector<uint32_t>(blocks, block));
    }
    if (spec.extra_samples) add(338, 3, {uint32_t(spec.extra_samples)});
    if (spec.sample_format) add(339, 3, std::vector<uint32_t>(spec.samples, spec.sample_format));
    const size_t data_at = directory_size(entries);
    for (auto& entry : entries) {
        if (entry.tag != 273 && entry.tag != 324) continue;
        for (uint32_t i = 0; i < blocks; i++) entry.values[i] = static_cast<uint32_t>(data_at) + i * block;
    }
    Bytes out = tiff_directory(entries, spec.big_endian);
    out.insert(out.end(), data.begin(), data.end());
    return out;
}

Bytes exif_block(int orientation, bool big_endian) {
    return tiff_directory({{274, 3, {uint32_t(orientation)}}}, big_endian);
}

Bytes jpeg_with_exif(const Bytes& jpeg, int orientation, bool big_endian, const Bytes& thumbnail) {
    Writer segment(true);
    const Bytes exif = exif_block(orientation, big_endian);
    segment.number(0xFFE1, 2);
    segment.number(2 + 6 + exif.size() + thumbnail.size(), 2);
    segment.text(std::string("Exif\0\0", 6));
    segment.block(exif);
    segment.block(thumbnail);
    Bytes out = jpeg;
    out.insert(out.begin() + 2, segment.bytes.begin(), segment.bytes.end());
    return out;
}

Bytes cmyk_jpeg(int c, int m, int y, int k) {
    Writer out(true);
    out.number(0xFFD8, 2);
    out.number(0xFFEE, 2);
    out.number(14, 2);
    out.text("Adobe");
    for (const int value : {100, 0, 0}) out.number(value, 2);
    out.number(0, 1);  // no transform: CMYK as it is
    out.number(0xFFDB, 2);
    out.number(67, 2);
    out.number(0, 1);
    for (int i = 0; i < 64; i++) out.number(8, 1);  // a DC of 1 is then one grey level
    out.number(0xFFC0, 2);
    out.number(8 + 3 * 4, 2);
    out.number(8, 1);
    out.number(8, 2);
    out.number(8, 2);
    out.number(4, 1);
    for (int i = 1; i <= 4; i++) out.block({static_cast<unsigned char>(i), 0x11, 0});
    out.number(0xFFC4, 2);  // DC: nine categories, four bits each
    out.number(2 + 17 + 9, 2);
    out.block({0x00, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    for (int i = 0; i < 9; i++) out.number(i, 1);
    out.number(0xFFC4, 2);  // AC: end of block alone, one bit
    out.number(2 + 17 + 1, 2);
    out.block({0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    out.number(0xFFDA, 2);
    out.number(6 + 2 * 4, 2);
    out.number(4, 1);
    for (int i = 1; i <= 4; i++) out.block({static_cast<unsigned char>(i), 0});
    out.block({0, 63, 0});
    BitWriter bits;
    for (const int value : {c, m, y, k}) {
        const int dc = value - 128;
        int category = 0;
        while (std::abs(dc) >> category) category++;
        bits.put(category, 4);
        bits.put(dc >= 0 ? dc : dc + (1 << category) - 1, category);
        bits.put(0, 1);
    }
    out.block(bits.finish());
    out.number(0xFFD9, 2);
    return out.bytes;
}

Bytes webp_with_exif(const Bytes& webp, int width, int height, int orientation) {
    Writer out(false), body(false);
    body.text("WEBPVP8X");
    body.number(10, 4);
    body.number(0x08, 4);  // has Exif
    body.number(width - 1, 3);
    body.number(height - 1, 3);
    body.block({webp.begin() + 12, webp.end()});
    const Bytes exif = exif_block(orientation);
    body.text("EXIF");
    body.number(exif.size(), 4);
    body.block(exif);
    if (exif.size() % 2) body.number(0, 1);
    out.text("RIFF");
    out.number(body.bytes.size(), 4);
    out.block(body.bytes);
    return out.bytes;
}

Bytes palette_bmp(int width, int height, const Bytes& indices, const Bytes& palette) {
    Writer out(false);
    const size_t stride = (width + 3) / 4 * 4, offset = 14 + 40 + palette.size();
    out.text("BM");
    out.number(offset + stride * height, 4);
    out.number(0, 4);
    out.number(offset, 4);
    out.number(40, 4);
    out.number(width, 4);
    out.number(height, 4);
    out.number(1, 2);
    out.number(8, 2);
    out.number(0, 4);
    out.number(stride * height, 4);
    out.number(0, 8);
    out.number(palette.size() / 4, 4);
    out.number(0, 4);
    out.block(palette);
    for (int y = height - 1; y >= 0; y--) {
        Bytes row(indices.begin() + y * width, indices.begin() + (y + 1) * width);
        row.resize(stride);
        out.block(row);
    }
    return out.bytes;
}

}  // namespace bfr::testing

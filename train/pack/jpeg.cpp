#include "train/pack/jpeg.h"

#include <algorithm>
#include <memory>
#include <numeric>

#include "base/error.h"
#include "train/pack/limits.h"

// Others who link stb keep theirs: ours are this file's own.
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_JPEG
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_NO_HDR
#define STBI_MAX_DIMENSIONS 8192
#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STBI_WRITE_NO_STDIO
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#include <stb/stb_image.h>
#include <stb/stb_image_write.h>
#pragma GCC diagnostic pop

namespace bfr::train {
namespace {

static_assert(kMaxSide <= STBI_MAX_DIMENSIONS);

// Marker codes of ITU-T T.81, table B.1.
enum Marker : unsigned char {
    kSof0 = 0xC0,
    kDht = 0xC4,
    kDac = 0xCC,
    kRst0 = 0xD0,
    kSoi = 0xD8,
    kEoi = 0xD9,
    kSos = 0xDA
};

// A start of frame, of any kind.
bool is_frame(unsigned char marker) {
    return marker >= kSof0 && marker <= 0xCF && marker != kDht && marker != 0xC8 && marker != kDac;
}

// `segment`: from its length on. Precision, height, width, number of components.
void check_frame(std::span<const unsigned char> segment, int side) {
    constexpr size_t kHeader = 8;
    if (segment.size() < kHeader) throw Error("its frame header is cut short");
    const int height = segment[3] << 8 | segment[4], width = segment[5] << 8 | segment[6];
    if (width != side || height != side) {
        throw Error(fmt::format("it has {}x{} pixels, not {}x{}", width, height, side, side));
    }
    if (segment[2] != 8 || segment[7] != 3) throw Error("it has not three components of 8 bit");
}

// stb 2.27 takes a table of more codes than it has room for.
void check_huffman_tables(std::span<const unsigned char> segment) {
    constexpr size_t kLengths = 16, kMostCodes = 256;
    for (size_t at = 2; at < segment.size();) {
        if (segment.size() - at < 1 + kLengths) throw Error("a Huffman table is cut short");
        const auto counts = segment.subspan(at + 1, kLengths);
        const auto codes = std::accumulate(counts.begin(), counts.end(), size_t{0});
        if (codes > kMostCodes || codes > segment.size() - at - 1 - kLengths)
            throw Error(fmt::format("a Huffman table has {} codes", codes));
        at += 1 + kLengths + codes;
    }
}

// No marker but restarts, so that nothing of the header comes again.
void check_scan(std::span<const unsigned char> scan) {
    for (size_t i = 0; i + 1 < scan.size(); i++) {
        if (scan[i] == 0xFF && scan[i + 1] != 0 && (scan[i + 1] < kRst0 || scan[i + 1] >= kSoi))
            throw Error(fmt::format("the marker {:02X} lies in its scan", scan[i + 1]));
    }
}

}  // namespace

void check_jpeg(std::span<const unsigned char> jpeg, int side) {
    const size_t n = jpeg.size();
    if (n > kMaxJpegBytes) throw Error(fmt::format("it has {} bytes; {} are the most", n, kMaxJpegBytes));
    if (n < 4 || jpeg[0] != 0xFF || jpeg[1] != kSoi) throw Error("it doesn't begin as a JPEG does");
    if (jpeg[n - 2] != 0xFF || jpeg[n - 1] != kEoi) throw Error("it doesn't end as a JPEG does");
    bool framed = false;
    for (size_t at = 2;;) {
        if (at + 4 > n || jpeg[at] != 0xFF) throw Error("its header is damaged");
        const unsigned char marker = jpeg[at + 1];
        const size_t length = static_cast<size_t>(jpeg[at + 2]) << 8 | jpeg[at + 3];
        if (length < 2 || length > n - at - 2) throw Error("its header is cut short");
        const auto segment = jpeg.subspan(at + 2, length);
        at += 2 + length;
        if (is_frame(marker)) {
            if (marker != kSof0 || framed) throw Error("it is not one baseline frame (SOF0)");
            check_frame(segment, side);
            framed = true;
        } else if (marker == kDht) {
            check_huffman_tables(segment);
        } else if (marker == kSos) {
            if (!framed) throw Error("it has no frame before its scan");
            if (at > n - 2) throw Error("it has no scan");
            check_scan(jpeg.subspan(at, n - 2 - at));
            return;
        }
    }
}

std::vector<unsigned char> encode_jpeg(std::span<const unsigned char> rgb, int side, int quality) {
    BFR_CHECK(side > 0 && side <= kMaxSide && rgb.size() == static_cast<size_t>(side) * static_cast<size_t>(side) * 3,
              "{} bytes, side {}", rgb.size(), side);
    BFR_CHECK(quality >= kMinJpegQuality && quality <= kMaxJpegQuality, "quality {}", quality);
    std::vector<unsigned char> jpeg;
    const auto append = [](void* to, void* data, int size) {
        auto& bytes = *static_cast<std::vector<unsigned char>*>(to);
        const auto* first = static_cast<const unsigned char*>(data);
        bytes.insert(bytes.end(), first, first + size);
    };
    const int done = stbi_write_jpg_to_func(append, &jpeg, side, side, 3, rgb.data(), quality);
    BFR_CHECK(done != 0, "no JPEG of side {}", side);
    return jpeg;
}

void decode_jpeg(std::span<const unsigned char> jpeg, int side, std::span<unsigned char> rgb) {
    BFR_CHECK(side > 0 && side <= kMaxSide && rgb.size() == static_cast<size_t>(side) * static_cast<size_t>(side) * 3,
              "{} bytes, side {}", rgb.size(), side);
    check_jpeg(jpeg, side);
    int width = 0, height = 0, channels = 0;
    const std::unique_ptr<unsigned char, void (*)(void*)> pixels(
        stbi_load_from_memory(jpeg.data(), static_cast<int>(jpeg.size()), &width, &height, &channels, 3),
        stbi_image_free);
    if (!pixels) throw Error(fmt::format("it can't be decoded: {}", stbi_failure_reason()));
    BFR_CHECK(width == side && height == side, "{}x{}, not {}", width, height, side);
    std::copy_n(pixels.get(), rgb.size(), rgb.begin());
}

}  // namespace bfr::train

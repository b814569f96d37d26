#include <algorithm>
#include <map>
#include <vector>

#include "datasets/header_formats.h"

namespace bfr {
namespace {

enum Tag : uint32_t {
    kWidth = 256,
    kHeight = 257,
    kBits = 258,
    kCompression = 259,
    kPhotometric = 262,
    kStripOffsets = 273,
    kOrientation = 274,
    kSamples = 277,
    kStripBytes = 279,
    kPlanar = 284,
    kTileWidth = 322,
    kTileHeight = 323,
    kTileOffsets = 324,
    kTileBytes = 325,
    kExtraSamples = 338,
    kSampleFormat = 339,
};

constexpr uint64_t kMaxValues = uint64_t{1}
                                << 24;  // more strips than any picture within OpenCV's limits has rows and planes

// The first directory: its tags of unsigned integers.
class Directory {
  public:
    explicit Directory(const HeaderBytes& file) : file_(file) {
        order_ = file.has(0, "II") ? ByteOrder::kLittle : ByteOrder::kBig;
        const uint64_t at = file.number(4, 4, order_), count = file.number(at, 2, order_);
        for (uint64_t i = 0; i < count; i++) {
            const uint64_t entry = at + 2 + 12 * i, type = file.number(entry + 2, 2, order_);
            const int size = type == 1 ? 1 : type == 3 ? 2 : type == 4 ? 4 : 0;
            if (size == 0) continue;
            const uint64_t values = file.number(entry + 4, 4, order_);
            const uint64_t where = values * size <= 4 ? entry + 8 : file.number(entry + 8, 4, order_);
            fields_.try_emplace(static_cast<uint32_t>(file.number(entry, 2, order_)), Field{where, values, size});
        }
    }

    std::vector<uint64_t> all(uint32_t tag) const {
        const auto found = fields_.find(tag);
        if (found == fields_.end()) return {};
        const auto& [at, count, size] = found->second;
        if (count > kMaxValues) file_.damaged(fmt::format("its tag {} has {} values", tag, count));
        file_.need(at, count * size);
        std::vector<uint64_t> values(count);
        for (uint64_t i = 0; i < count; i++) values[i] = file_.number(at + i * size, size, order_);
        return values;
    }
    uint64_t one(uint32_t tag, uint64_t fallback) const {
        const auto found = fields_.find(tag);
        if (found == fields_.end() || found->second.count == 0) return fallback;
        return file_.number(found->second.at, found->second.size, order_);
    }
    // The offset of the tag's first value's low byte.
    uint64_t low_byte(uint32_t tag) const {
        const auto& field = fields_.at(tag);
        return order_ == ByteOrder::kLittle ? field.at : field.at + field.size - 1;
    }

  private:
    struct Field {
        uint64_t at, count;
        int size;
    };
    const HeaderBytes& file_;
    ByteOrder order_;
    std::map<uint32_t, Field> fields_;
};

// Strips or tiles must lie within the file, and stored plainly they must hold every row: libtiff fills what is missing
// with black.
void check_data(const HeaderBytes& file, const Directory& directory, uint64_t row_bits, uint64_t rows) {
    const bool tiled = directory.one(kTileWidth, 0) != 0;
    const auto offsets = directory.all(tiled ? kTileOffsets : kStripOffsets);
    const auto sizes = directory.all(tiled ? kTileBytes : kStripBytes);
    if (offsets.empty()) file.damaged("it holds no pixels");
    if (!sizes.empty() && sizes.size() != offsets.size()) file.damaged("its table of strips is uneven");
    uint64_t stored = 0;
    for (size_t i = 0; i < offsets.size(); i++) {
        file.need(offsets[i], sizes.empty() ? 1 : sizes[i]);
        stored += sizes.empty() ? 0 : sizes[i];
    }
    const bool plain = directory.one(kCompression, 1) == 1 && directory.one(kPhotometric, 2) != 6;
    if (plain && tiled && std::any_of(sizes.begin(), sizes.end(), [](uint64_t size) { return size < 1024; })) {
        file.unsupported(
            "it has tiles of less than 1024 bytes");  // libtiff reads them from files alone, not from memory
    }
    if (plain && !sizes.empty() && stored < (row_bits + 7) / 8 * rows) file.truncated();
}

}  // namespace

ImageHeader tiff_header(const HeaderBytes& file) {
    const Directory directory(file);
    ImageHeader header;
    auto& info = header.info;
    info.format = "tiff";
    file.set_size(header, directory.one(kWidth, 0), directory.one(kHeight, 0));
    const uint64_t samples = directory.one(kSamples, 1), photometric = directory.one(kPhotometric, 2);
    const auto depths = directory.all(kBits);
    const uint64_t bits = depths.empty() ? 1 : depths.front();
    if (samples < 1 || samples > 4) file.unsupported(fmt::format("it has {} samples a pixel", samples));
    if (std::any_of(depths.begin(), depths.end(), [&](uint64_t depth) { return depth != bits; })) {
        file.unsupported("its channels differ in depth");
    }
    const uint64_t format = directory.one(kSampleFormat, 1);
    if (format != 1 && format != 4) file.unsupported("its values are floating-point or signed");
    if (bits != 1 && bits != 8 && bits != 16) file.unsupported(fmt::format("it has {} bits a sample", bits));
    if (bits == 16) {
        // Other layouts come out of OpenCV's 16-bit reader as the wrong colours.
        const bool gray = samples == 1 && photometric <= 1, rgb = samples >= 3 && photometric == 2;
        if (!(gray || (rgb && directory.one(kPlanar, 1) == 1))) {
            file.unsupported("it is a 16-bit TIFF other than gray, RGB or RGBA in one plane");
        }
    }
    const uint64_t tile_width = directory.one(kTileWidth, 0), tile_height = directory.one(kTileHeight, 0);
    if (tile_width != 0 && tile_height > std::max<uint64_t>(file.max_pixels(), 65536) / tile_width) {
        file.damaged(fmt::format("its tiles are {}x{}", tile_width, tile_height));
    }
    info.channels = photometric == 3 ? 3 : static_cast<int>(samples);
    info.bit_depth = static_cast<int>(bits);
    header.white_is_zero = photometric == 0;
    const uint64_t colours = photometric == 5 ? 4 : photometric == 2 || photometric == 6 || photometric == 8 ? 3 : 1;
    info.has_alpha = samples > colours;
    if (info.has_alpha && directory.one(kExtraSamples, 0) == 2)
        header.unassociated_alpha_at = directory.low_byte(kExtraSamples);
    const uint64_t orientation = directory.one(kOrientation, 1);
    info.exif_orientation = orientation >= 1 && orientation <= 8 ? static_cast<int>(orientation) : 1;
    check_data(file, directory, header.width * samples * bits, header.height);
    return header;
}

int exif_orientation(std::span<const unsigned char> block) {
    const std::string name = "Exif";
    const HeaderBytes bytes(block, name, 0);
    using namespace std::string_view_literals;
    if (bytes.has(0, "Exif\0\0"sv)) return exif_orientation(block.subspan(6));  // some WebP writers keep JPEG's prefix
    if (!bytes.has(0, "II*\0"sv) && !bytes.has(0, "MM\0*"sv)) return 1;
    try {
        const uint64_t orientation = Directory(bytes).one(kOrientation, 1);
        return orientation >= 1 && orientation <= 8 ? static_cast<int>(orientation) : 1;
    } catch (const Error&) {
        return 1;  // a damaged note about a sound picture
    }
}

}  // namespace bfr

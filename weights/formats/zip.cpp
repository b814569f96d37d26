#include "weights/formats/zip.h"

#include <zlib.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "weights/formats/byte_reader.h"

namespace bfr {
namespace {

constexpr uint32_t kLocalHeader = 0x04034b50, kCentralHeader = 0x02014b50, kEnd = 0x06054b50, kEnd64 = 0x06064b50,
                   kEnd64Locator = 0x07064b50, kDescriptor = 0x08074b50;
constexpr uint64_t kMaxInflated = uint64_t{256} << 20, kMaxGrowth = 100;
constexpr uint64_t kMaxDeflateRatio = 1032;  // deflate can't do better: 258 bytes from 2 bits
constexpr uint16_t kEncrypted = 1, kHasDescriptor = 8;
constexpr uint32_t kIn64 = 0xFFFFFFFF;  // "see the extra field"

struct Header {
    uint16_t flags = 0, method = 0;
    uint32_t crc32 = 0;
    uint64_t packed = 0, size = 0, offset = 0;
    std::string_view name;
};

struct Placed {
    uint64_t begin, end;
    std::string_view name;
};

class Directory {
  public:
    explicit Directory(const FileBytes& file) : file_(file), all_(file.bytes()) {}

    std::vector<ZipEntry> entries() {
        locate();
        std::vector<ZipEntry> entries;
        std::set<std::string_view> names;
        std::vector<Placed> places;
        uint64_t inflated = 0;
        ByteReader in(all_.subspan(0, begin_ + size_), begin_, file_.name());
        for (uint64_t i = 0; i < count_; i++) {
            const Header header = central_header(in);
            check_name(header.name);
            if (!names.insert(header.name).second) fail(header.name, "is in the archive twice");
            if (header.flags & kEncrypted) fail(header.name, "is encrypted");
            if (header.method != 0 && header.method != Z_DEFLATED)
                fail(header.name, fmt::format("is compressed by method {}, not by deflate", header.method));
            if (header.method == 0 && header.packed != header.size)
                fail(header.name, fmt::format("is stored in {} bytes and is {} long", header.packed, header.size));
            const auto stored = local_data(header, places);
            if (header.method) grow(header, inflated);
            if (header.name.ends_with('/')) {
                if (header.size) fail(header.name, "is a folder that has content");
                continue;
            }
            entries.push_back({std::string(header.name), header.method != 0, header.crc32, header.size, stored});
        }
        if (in.at() != begin_ + size_) fail("its directory is longer than its entries");
        check_overlap(places);
        return entries;
    }

  private:
    [[noreturn]] void fail(const std::string& what) const { throw Error(fmt::format("{}: {}", file_.name(), what)); }
    [[noreturn]] void fail(std::string_view entry, const std::string& what) const {
        fail(fmt::format("'{}' {}", printable(entry), what));
    }

    // The end record: the last one whose comment ends where the file does.
    uint64_t end_record() const {
        constexpr uint64_t kLength = 22;
        if (all_.size() >= kLength) {
            const uint64_t last = all_.size() - kLength, first = last > 0xFFFF ? last - 0xFFFF : 0;
            for (uint64_t at = last + 1; at-- > first;) {
                ByteReader in(all_, at, file_.name());
                if (in.u32() != kEnd) continue;
                in.skip(16);
                if (in.u16() == last - at) return at;
            }
        }
        fail("not a whole zip archive: its directory is missing (was the file cut short?)");
    }

    void locate() {
        const uint64_t end = end_record();
        ByteReader in(all_, end + 4, file_.name());
        const uint16_t disk = in.u16(), first_disk = in.u16(), count_here = in.u16();
        count_ = in.u16();
        size_ = in.u32();
        begin_ = in.u32();
        uint64_t directory_end = end;
        if (disk != first_disk || count_here != count_ || (disk != 0 && disk != 0xFFFF))
            fail("its archive is spread over several disks");
        if (end >= 20 && ByteReader(all_, end - 20, file_.name()).u32() == kEnd64Locator) {
            directory_end = locate64(end - 20);
        } else if (count_ == 0xFFFF || size_ == kIn64 || begin_ == kIn64) {
            fail("its archive of more than 32 bits lacks the record that says how big it is");
        }
        if (begin_ > directory_end || directory_end - begin_ != size_)
            fail("its directory doesn't end where the archive's last record begins");
        constexpr uint64_t kShortestHeader = 46;
        if (count_ > size_ / kShortestHeader) fail("its directory has no room for as many entries as it claims");
    }

    uint64_t locate64(uint64_t locator) {
        ByteReader in(all_, locator + 4, file_.name());
        const uint32_t disk = in.u32();
        const uint64_t at = in.u64();
        if (disk != 0 || in.u32() > 1) fail("its archive is spread over several disks");
        if (at > locator || locator - at < 56) fail("its record of 64-bit sizes lies outside the file");
        ByteReader end(all_, at, file_.name());
        if (end.u32() != kEnd64) fail("its record of 64-bit sizes is not where it should be");
        if (end.u64() != locator - at - 12) fail("its record of 64-bit sizes has another length than it says");
        end.skip(4);
        if (end.u32() != 0 || end.u32() != 0) fail("its archive is spread over several disks");
        const auto agree = [&](uint64_t narrow, uint64_t unset, uint64_t wide) {
            if (narrow != unset && narrow != wide) fail("its two end records disagree");
            return wide;
        };
        const uint64_t here = end.u64(), count = end.u64();
        if (here != count) fail("its archive is spread over several disks");
        count_ = agree(count_, 0xFFFF, count);
        size_ = agree(size_, kIn64, end.u64());
        begin_ = agree(begin_, kIn64, end.u64());
        return at;
    }

    // Fields of 32 bits that are all ones stand in the extra field with 64 bits.
    void widen(Header& header, std::span<const std::byte> extra, bool with_offset) const {
        ByteReader in(extra, 0, file_.name());
        while (in.left() >= 4) {
            const uint16_t id = in.u16();
            const uint16_t length = in.u16();
            if (length > in.left()) fail(header.name, "has an extra field that is cut off");
            ByteReader field(in.take(length), 0, file_.name());
            if (id != 1) continue;
            for (uint64_t* value : {&header.size, &header.packed, with_offset ? &header.offset : nullptr}) {
                if (value && *value == kIn64) *value = field.u64();
            }
            return;
        }
    }

    Header central_header(ByteReader& in) const {
        Header header;
        if (in.u32() != kCentralHeader) fail("its directory is broken");
        in.skip(4);
        header.flags = in.u16();
        header.method = in.u16();
        in.skip(4);
        header.crc32 = in.u32();
        header.packed = in.u32();
        header.size = in.u32();
        const uint16_t name = in.u16(), extra = in.u16(), comment = in.u16(), disk = in.u16();
        in.skip(6);
        header.offset = in.u32();
        header.name = in.text(name);
        widen(header, in.take(extra), true);
        in.skip(comment);
        if (disk != 0 && disk != 0xFFFF) fail(header.name, "lies on another disk");
        return header;
    }

    std::span<const std::byte> local_data(const Header& central, std::vector<Placed>& places) const {
        if (central.offset >= begin_) fail(central.name, "begins after the directory");
        ByteReader in(all_.subspan(0, begin_), central.offset, file_.name());
        Header local;
        if (in.u32() != kLocalHeader) fail(central.name, "has no header where the directory says");
        in.skip(2);
        local.flags = in.u16();
        local.method = in.u16();
        in.skip(4);
        local.crc32 = in.u32();
        local.packed = in.u32();
        local.size = in.u32();
        const uint16_t name = in.u16(), extra = in.u16();
        local.name = in.text(name);
        widen(local, in.take(extra), false);
        if (local.name != central.name || local.method != central.method ||
            (local.flags & (kEncrypted | kHasDescriptor)) != (central.flags & (kEncrypted | kHasDescriptor)))
            fail(central.name, "is another entry in its own header than in the directory");
        const auto same = [&](uint64_t here, uint64_t there) {
            return here == there || ((local.flags & kHasDescriptor) && here == 0);
        };
        if (!same(local.crc32, central.crc32) || !same(local.packed, central.packed) || !same(local.size, central.size))
            fail(central.name, "has another size or checksum in its own header than in the directory");
        if (central.packed > in.left()) fail(central.name, "reaches into the directory");
        const auto data = in.take(central.packed);
        if (local.flags & kHasDescriptor) skip_descriptor(central, in);
        places.push_back({central.offset, in.at(), central.name});
        return data;
    }

    // With its signature or without, with sizes of 32 bits or 64: writers differ, and nothing tells which it is.
    void skip_descriptor(const Header& header, ByteReader& in) const {
        for (const bool wide : {false, true}) {
            for (const bool signed_one : {true, false}) {
                ByteReader form = in;
                const uint64_t length = (signed_one ? 4u : 0u) + (wide ? 20u : 12u);
                if (form.left() < length) continue;
                if (signed_one && form.u32() != kDescriptor) continue;
                if (form.u32() != header.crc32) continue;
                const uint64_t packed = wide ? form.u64() : form.u32();
                const uint64_t size = wide ? form.u64() : form.u32();
                if (packed != header.packed || size != header.size) continue;
                in = form;
                return;
            }
        }
        fail(header.name, "is followed by another size or checksum than the directory's");
    }

    void check_name(std::string_view name) const {
        const std::filesystem::path path(name);
        bool leaves = name.empty() || name.front() == '/' || name.find('\\') != std::string_view::npos ||
                      name.find('\0') != std::string_view::npos;
        for (const auto& part : path) leaves = leaves || part == "..";
        if (leaves) fail(name, "is a name that would leave the archive's folder");
    }

    void grow(const Header& header, uint64_t& inflated) const {
        if (header.size / kMaxDeflateRatio > header.packed)
            fail(header.name, fmt::format("can't become {} bytes from {}", header.size, header.packed));
        inflated += header.size;  // no overflow: each is at most 1032 times a part of the file
        if (inflated > kMaxInflated && inflated / kMaxGrowth > all_.size()) {
            fail(header.name, fmt::format("would bring the archive to {} bytes, over {} times the file: refused",
                                          inflated, kMaxGrowth));
        }
    }

    void check_overlap(std::vector<Placed>& places) const {
        std::sort(places.begin(), places.end(), [](const Placed& a, const Placed& b) { return a.begin < b.begin; });
        for (size_t i = 1; i < places.size(); i++) {
            if (places[i].begin < places[i - 1].end)
                fail(places[i].name, fmt::format("overlaps '{}'", printable(places[i - 1].name)));
        }
    }

    const FileBytes& file_;
    std::span<const std::byte> all_;
    uint64_t count_ = 0, begin_ = 0, size_ = 0;
};

std::optional<std::vector<std::byte>> inflated(const ZipEntry& entry) {
    std::vector<std::byte> bytes(entry.size);
    z_stream stream{};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return std::nullopt;
    auto* next_in = reinterpret_cast<const Bytef*>(entry.stored.data());
    uint64_t left_in = entry.stored.size(), left_out = bytes.size();
    Bytef none = 0;
    stream.next_in = const_cast<Bytef*>(next_in);
    stream.next_out = bytes.empty() ? &none : reinterpret_cast<Bytef*>(bytes.data());
    int code = Z_OK;
    while (code == Z_OK) {  // zlib counts in 32 bits
        constexpr uint64_t kMost = std::numeric_limits<uInt>::max();
        stream.avail_in = static_cast<uInt>(std::min(left_in, kMost));
        stream.avail_out = static_cast<uInt>(std::min(left_out, kMost));
        const uint64_t in = stream.avail_in, out = stream.avail_out;
        code = ::inflate(&stream, Z_NO_FLUSH);
        left_in -= in - stream.avail_in;
        left_out -= out - stream.avail_out;
    }
    inflateEnd(&stream);
    if (code != Z_STREAM_END || left_in || left_out) return std::nullopt;
    return bytes;
}

uint32_t crc32_of(std::span<const std::byte> bytes) {
    return static_cast<uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace

ZipArchive ZipArchive::parse(FileBytes file) {
    ZipArchive archive;
    archive.file_ = std::move(file);
    archive.entries_ = Directory(archive.file_).entries();
    return archive;
}

const ZipEntry* ZipArchive::find(std::string_view name) const {
    for (const auto& entry : entries_) {
        if (entry.name == name) return &entry;
    }
    return nullptr;
}

FileBytes ZipArchive::read(const ZipEntry& entry, bool check_crc) const {
    const auto fail = [&](const char* what) {
        throw Error(fmt::format("{}: '{}' {}", file_.name(), printable(entry.name), what));
    };
    FileBytes content = file_.part(entry.stored);
    if (entry.deflated) {
        auto bytes = inflated(entry);
        if (!bytes) fail("is compressed wrongly, or is longer or shorter than the archive says");
        content = FileBytes::own(std::move(*bytes), file_.name());
    }
    if ((check_crc || entry.deflated) && crc32_of(content.bytes()) != entry.crc32)
        fail("is damaged: its checksum is another");
    return content;
}

}  // namespace bfr

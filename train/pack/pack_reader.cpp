#include "train/pack/pack_reader.h"

#include <ATen/ATen.h>
#include <zlib.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/parse_json.h"
#include "base/sha256.h"
#include "train/pack/jpeg.h"
#include "train/pack/limits.h"
#include "train/pack/pack_format.h"
#include "weights/formats/safetensors.h"

namespace bfr::train {
namespace fs = std::filesystem;

namespace {

struct Shard {
    SafetensorsFile file;
    std::span<const unsigned char> jpeg;
    std::vector<int64_t> offsets, checksums;
    std::vector<std::string> ids, groups;
};

// A pack's JSON, read strictly: whatever isn't of its kind is an Error that begins with the file's name.
class Reader {
  public:
    explicit Reader(std::string where) : where_(std::move(where)) {}

    const Json& member(const Json& json, const char* key) const {
        const auto found = json.is_object() ? json.find(key) : json.end();
        if (found == json.end()) fail("\"{}\" is missing", key);
        return *found;
    }
    std::string text(const Json& json, const char* key) const {
        const Json& value = member(json, key);
        if (!value.is_string()) fail("\"{}\" must be a text", key);
        return value.get<std::string>();
    }
    uint64_t natural(const Json& json, const char* key, uint64_t least, uint64_t most) const {
        const Json& value = member(json, key);
        if (!value.is_number_unsigned() || value.get<uint64_t>() < least || value.get<uint64_t>() > most)
            fail("\"{}\" must be a whole number from {} to {}", key, least, most);
        return value.get<uint64_t>();
    }
    const Json& array(const Json& json, const char* key) const {
        const Json& value = member(json, key);
        if (!value.is_array()) fail("\"{}\" must be a list", key);
        return value;
    }
    template <class... Values>
    [[noreturn]] void fail(fmt::format_string<Values...> format, Values&&... values) const {
        throw Error(where_ + ": " + fmt::format(format, std::forward<Values>(values)...));
    }

  private:
    std::string where_;
};

std::vector<std::string> names_in(const SafetensorsFile& file, std::string_view key, size_t count,
                                  const Reader& reader) {
    const auto found = file.metadata().find(std::string(key));
    if (found == file.metadata().end()) reader.fail("its metadata have no \"{}\"", key);
    Json json;
    try {
        json = parse_json(found->second, file.name());
    } catch (const Json::parse_error&) {
        reader.fail("\"{}\" of its metadata is no JSON", key);
    }
    if (!json.is_array() || json.size() != count)
        reader.fail("\"{}\" of its metadata is no list of {} texts", key, count);
    std::vector<std::string> names;
    for (const Json& name : json) {
        if (!name.is_string()) reader.fail("\"{}\" of its metadata is no list of texts", key);
        names.push_back(name.get<std::string>());
        if (const auto problem = name_problem(names.back()); !problem.empty())
            reader.fail("\"{}\" of picture {}: {}", key, names.size() - 1, problem);
    }
    return names;
}

const TensorView& vector_in(const SafetensorsFile& file, std::string_view name, DType dtype, const Reader& reader) {
    const TensorView& tensor = file.at(name);
    if (tensor.dtype != dtype || tensor.shape.size() != 1) {
        reader.fail("tensor '{}' is {} {}, not {} of one dimension", name, to_string(tensor.dtype),
                    shape_text(tensor.shape), to_string(dtype));
    }
    return tensor;
}

Shard open_shard(const fs::path& path, uint64_t pictures, uint64_t bytes) {
    const Reader reader(printable(path));
    FileBytes content = FileBytes::map(path);
    if (content.bytes().size() != bytes) reader.fail("has {} bytes, pack.json says {}", content.bytes().size(), bytes);
    Shard shard{SafetensorsFile::parse(std::move(content)), {}, {}, {}, {}, {}};
    const auto& jpeg = vector_in(shard.file, kJpegTensor, DType::kU8, reader);
    shard.jpeg = {reinterpret_cast<const unsigned char*>(jpeg.bytes.data()), jpeg.bytes.size()};
    shard.offsets = to_integers(vector_in(shard.file, kOffsetsTensor, DType::kI64, reader));
    shard.checksums = to_integers(vector_in(shard.file, kCrcTensor, DType::kI64, reader));
    if (shard.offsets.size() != pictures + 1 || shard.checksums.size() != pictures)
        reader.fail("has not the {} pictures that pack.json says", pictures);
    if (shard.offsets.front() != 0 || shard.offsets.back() != static_cast<int64_t>(shard.jpeg.size()))
        reader.fail("'{}' doesn't begin at 0 and end at {}", kOffsetsTensor, shard.jpeg.size());
    for (size_t i = 0; i < pictures; i++) {
        const int64_t begin = shard.offsets[i], end = shard.offsets[i + 1];
        // begin and end lie in the file only if each does, whatever follows
        if (begin >= end || end > static_cast<int64_t>(shard.jpeg.size()))
            reader.fail("picture {} would lie at the bytes {} to {}", i, begin, end);
        if (static_cast<uint64_t>(end - begin) > kMaxJpegBytes) reader.fail("picture {} has {} bytes", i, end - begin);
    }
    shard.ids = names_in(shard.file, kIdsKey, pictures, reader);
    shard.groups = names_in(shard.file, kGroupsKey, pictures, reader);
    return shard;
}

}  // namespace

struct PackReader::Parts {
    fs::path folder;
    Json description;
    std::string sha256;
    int side = 0;
    std::vector<Shard> shards;
    std::vector<int64_t> begins;  // of each shard's pictures, and the end

    std::pair<const Shard&, size_t> find(int64_t i) const {
        BFR_CHECK(i >= 0 && i < begins.back(), "picture {} of {}", i, begins.back());
        const auto shard = std::upper_bound(begins.begin(), begins.end(), i) - begins.begin() - 1;
        return {shards[static_cast<size_t>(shard)], static_cast<size_t>(i - begins[static_cast<size_t>(shard)])};
    }
};

PackReader::PackReader(const fs::path& folder) {
    const fs::path file = folder / kPackFile;
    const Reader reader(printable(file));
    auto parts = std::make_unique<Parts>();
    const std::string text = read_text(file);
    try {
        parts->description = parse_json(text, printable(file));
    } catch (const Json::parse_error& e) {
        reader.fail("not JSON: {}", e.what());
    }
    const Json& pack = parts->description;
    if (reader.text(pack, "format") != kPackFormat) reader.fail("is no pack: \"format\" is not \"{}\"", kPackFormat);
    if (const auto version = reader.natural(pack, "version", 0, UINT64_MAX); version != kPackVersion)
        reader.fail("a pack of version {}; this program reads version {}", version, kPackVersion);
    parts->folder = folder;
    parts->sha256 = bfr::sha256(text);
    parts->side = static_cast<int>(reader.natural(pack, "side", kMinSide, kMaxSide));
    const uint64_t pictures = reader.natural(pack, "pictures", 1, kMaxPictures);
    parts->begins.push_back(0);
    const std::string* last = nullptr;
    for (const Json& entry : reader.array(pack, "shards")) {
        const std::string name = shard_name(parts->shards.size());
        if (reader.text(entry, "file") != name) reader.fail("shard {} is not called {}", parts->shards.size(), name);
        if (reader.text(entry, "sha256").size() != 64) reader.fail("the hash of {} is none", name);
        const uint64_t count = reader.natural(entry, "pictures", 1, pictures);
        parts->shards.push_back(open_shard(folder / name, count, reader.natural(entry, "bytes", 1, INT64_MAX)));
        parts->begins.push_back(parts->begins.back() + static_cast<int64_t>(count));
    }
    for (const Shard& shard : parts->shards) {
        for (const auto& id : shard.ids) {
            if (id.empty() || (last && *last >= id))
                throw Error(fmt::format("{}: '{}' is there twice, or out of order", shard.file.name(), printable(id)));
            last = &id;
        }
    }
    if (static_cast<uint64_t>(parts->begins.back()) != pictures)
        reader.fail("\"pictures\" is {}, but its shards have {}", pictures, parts->begins.back());
    parts_ = std::move(parts);
}

PackReader::~PackReader() = default;

int64_t PackReader::size() const { return parts_->begins.back(); }
int PackReader::side() const { return parts_->side; }
const Json& PackReader::description() const { return parts_->description; }
const std::string& PackReader::sha256() const { return parts_->sha256; }

const std::string& PackReader::id(int64_t i) const {
    const auto [shard, at] = parts_->find(i);
    return shard.ids[at];
}

const std::string& PackReader::group(int64_t i) const {
    const auto [shard, at] = parts_->find(i);
    return shard.groups[at];
}

std::span<const unsigned char> PackReader::jpeg(int64_t i) const {
    const auto [shard, at] = parts_->find(i);
    const auto begin = static_cast<size_t>(shard.offsets[at]), end = static_cast<size_t>(shard.offsets[at + 1]);
    const auto bytes = shard.jpeg.subspan(begin, end - begin);
    if (static_cast<int64_t>(crc32_z(0, bytes.data(), bytes.size())) != shard.checksums[at])
        throw Error(fmt::format("{}: picture '{}' is damaged: its checksum is another", shard.file.name(),
                                printable(shard.ids[at])));
    return bytes;
}

at::Tensor PackReader::picture(int64_t i) const {
    const auto bytes = jpeg(i);
    const auto side = static_cast<size_t>(parts_->side);
    at::Tensor interleaved = at::empty({parts_->side, parts_->side, 3}, at::kByte);
    try {
        decode_jpeg(bytes, parts_->side, {interleaved.data_ptr<unsigned char>(), side * side * 3});
    } catch (const Error& error) {
        const auto [shard, at] = parts_->find(i);
        throw Error(fmt::format("{}: picture '{}': {}", shard.file.name(), printable(shard.ids[at]), error.what()));
    }
    return interleaved.permute({2, 0, 1}).contiguous();
}

void PackReader::verify() const {
    for (size_t k = 0; k < parts_->shards.size(); k++) {
        const std::string name = shard_name(k);
        if (sha256_of_file(parts_->folder / name) != parts_->description["shards"][k]["sha256"])
            throw Error(fmt::format("{}: its content is not what pack.json says", printable(parts_->folder / name)));
    }
}

}  // namespace bfr::train

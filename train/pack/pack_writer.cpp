#include "train/pack/pack_writer.h"

#include <unistd.h>
#include <zlib.h>

#include <memory>
#include <system_error>

#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"
#include "train/pack/jpeg.h"
#include "train/pack/limits.h"
#include "train/pack/pack_format.h"
#include "weights/formats/safetensors_writer.h"

namespace bfr::train {
namespace fs = std::filesystem;

namespace {

// A list's tensor, which shares the list's memory.
template <class Value>
CheckpointTensor tensor_of(std::string_view name, DType dtype, const std::vector<Value>& values) {
    const auto bytes = std::as_bytes(std::span(values));
    std::vector<int64_t> shape{static_cast<int64_t>(values.size())};
    auto storage =
        std::make_shared<const TensorStorage>(TensorStorage{FileBytes::share(bytes, nullptr, std::string(name))});
    auto strides = dense_strides(shape);
    return {std::string(name), {dtype, std::move(shape), std::move(strides), 0, std::move(storage)}};
}

// `path` with a name that nobody else uses, hidden, in the same folder.
fs::path partial_path(const fs::path& path) {
    return path.parent_path() / fmt::format(".{}.partial-{}", path.filename().string(), ::getpid());
}

}  // namespace

PackWriter::PackWriter(fs::path folder, int side, Json settings, uint64_t shard_bytes)
    : folder_(std::move(folder)), side_(side), settings_(std::move(settings)), shard_bytes_(shard_bytes) {
    BFR_CHECK(side >= kMinSide && side <= kMaxSide && shard_bytes > 0, "side {}, shards of {}", side, shard_bytes);
    std::error_code code;
    folder_ = fs::absolute(folder_).lexically_normal();
    if (!folder_.has_filename()) folder_ = folder_.parent_path();
    const bool there = fs::exists(folder_, code);
    if (there && !(fs::is_directory(folder_, code) && fs::is_empty(folder_, code))) {
        throw UsageError(fmt::format("{}: is there already and isn't an empty folder; name another, or remove it",
                                     printable(folder_)));
    }
    partial_ = partial_path(folder_);
    fs::remove_all(partial_, code);
    fs::create_directories(partial_, code);
    if (code) throw Error(fmt::format("{}: can't be made: {}", printable(partial_), code.message()));
}

PackWriter::~PackWriter() {
    if (!partial_.empty()) discard();
}

void PackWriter::discard() {
    std::error_code ignored;
    fs::remove_all(partial_, ignored);
}

void PackWriter::add(std::string_view id, std::string_view group, std::span<const unsigned char> jpeg) {
    for (const auto text : {id, group}) {
        if (const auto problem = name_problem(text); !problem.empty())
            throw Error(fmt::format("'{}' can't be an id or a group: {}", printable(fs::path(text)), problem));
    }
    BFR_CHECK(!id.empty() && (size_ == 0 || last_id_ < id), "'{}' after '{}'", id, last_id_);
    check_jpeg(jpeg, side_);
    if (!bytes_.empty() && bytes_.size() + jpeg.size() > shard_bytes_) write_shard();
    bytes_.insert(bytes_.end(), jpeg.begin(), jpeg.end());
    offsets_.push_back(static_cast<int64_t>(bytes_.size()));
    checksums_.push_back(static_cast<int64_t>(crc32_z(0, jpeg.data(), jpeg.size())));
    ids_.push_back(id);
    of_group_.push_back(group);
    if (!group.empty()) groups_.emplace(group);
    last_id_ = id;
    size_++;
}

void PackWriter::write_shard() {
    const std::string name = shard_name(shards_.size());
    const auto file = safetensors_bytes(
        {tensor_of(kJpegTensor, DType::kU8, bytes_), tensor_of(kOffsetsTensor, DType::kI64, offsets_),
         tensor_of(kCrcTensor, DType::kI64, checksums_)},
        std::nullopt, {{std::string(kIdsKey), ids_.dump()}, {std::string(kGroupsKey), of_group_.dump()}});
    write_file(partial_ / name, file);
    shards_.push_back(
        {{"file", name}, {"pictures", ids_.size()}, {"bytes", file.size()}, {"sha256", bfr::sha256(file)}});
    bytes_.clear();
    offsets_ = {0};
    checksums_.clear();
    ids_ = of_group_ = Json::array();
}

void PackWriter::finish(const Json& failures) {
    if (size_ == 0) throw Error(fmt::format("{}: there is no picture to pack", printable(folder_)));
    if (!bytes_.empty()) write_shard();
    const Json pack{{"format", kPackFormat},    {"version", kPackVersion}, {"side", side_},     {"pictures", size_},
                    {"groups", groups_.size()}, {"settings", settings_},   {"shards", shards_}, {"failures", failures}};
    write_text(partial_ / kPackFile, pack.dump(2, ' ', false, Json::error_handler_t::replace) + '\n');
    std::error_code code;
    fs::rename(partial_, folder_, code);
    if (code) throw Error(fmt::format("{}: the pack can't be put there: {}", printable(folder_), code.message()));
    partial_.clear();
}

}  // namespace bfr::train

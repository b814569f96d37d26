#include "weights/formats/tfjs.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "weights/formats/file_bytes.h"
#include "weights/formats/strict_json.h"

namespace bfr {
namespace fs = std::filesystem;

namespace {

constexpr uint64_t kMaxManifestBytes = uint64_t{64} << 20;

struct Quantisation {
    DType stored;  // kU8, kU16 or kF16
    double scale = 1, min = 0;
};

struct Entry {
    std::string name;
    DType dtype;
    std::vector<int64_t> shape;
    std::optional<Quantisation> quantisation;
    size_t count = 0;

    DType stored() const { return quantisation ? quantisation->stored : dtype; }
};

struct Group {
    std::vector<std::string> paths;
    std::vector<Entry> entries;
    size_t bytes = 0;  // of all shards together
};

class ManifestReader {
  public:
    explicit ManifestReader(const std::string& file) : file_(file) {}

    std::vector<Group> groups(const Json& json) {
        const Json* list = &json;
        if (json.is_object() && json.contains("weightsManifest")) list = &json["weightsManifest"];
        if (!list->is_array()) fail("it is neither a list of weight groups nor a model with a weightsManifest");
        std::vector<Group> groups;
        for (const auto& group : *list) groups.push_back(read_group(group));
        return groups;
    }

  private:
    [[noreturn]] void fail(const std::string& what) const { throw Error(fmt::format("{}: {}", file_, what)); }
    [[noreturn]] void fail(const std::string& tensor, const std::string& what) const {
        fail(fmt::format("tensor '{}': {}", tensor, what));
    }

    static const Json* list_of(const Json& json, const char* key) {
        if (!json.is_object()) return nullptr;
        const auto found = json.find(key);
        return found != json.end() && found->is_array() ? &*found : nullptr;
    }
    static std::string text_of(const Json& json, const char* key) {
        if (!json.is_object()) return {};
        const auto found = json.find(key);
        return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
    }

    Group read_group(const Json& json) {
        Group group;
        const Json* paths = list_of(json, "paths");
        const Json* weights = list_of(json, "weights");
        if (!paths || !weights) fail("a weight group has no list of paths or no list of weights");
        for (const auto& path : *paths) {
            if (!path.is_string()) fail("a shard's path is not a text");
            group.paths.push_back(path.get<std::string>());
        }
        for (const auto& weight : *weights) {
            Entry entry = read_entry(weight);
            size_t bytes = 0;
            if (__builtin_mul_overflow(entry.count, element_bytes(entry.stored()), &bytes) ||
                __builtin_add_overflow(group.bytes, bytes, &group.bytes)) {
                fail(entry.name, fmt::format("a shape of {} is beyond all bounds", shape_text(entry.shape)));
            }
            group.entries.push_back(std::move(entry));
        }
        return group;
    }

    Entry read_entry(const Json& json) {
        Entry entry;
        entry.name = text_of(json, "name");
        if (entry.name.empty()) fail("a tensor has no name");
        if (!names_.insert(entry.name).second) fail(entry.name, "is in it twice");

        const std::string dtype = text_of(json, "dtype");
        if (dtype == "float32") {
            entry.dtype = DType::kF32;
        } else if (dtype == "int32") {
            entry.dtype = DType::kI32;
        } else if (dtype == "bool") {
            entry.dtype = DType::kBool;
        } else {
            fail(entry.name, fmt::format("its dtype '{}' is not float32, int32 or bool", dtype));
        }

        const Json* shape = list_of(json, "shape");
        if (!shape) fail(entry.name, "it has no shape");
        for (const auto& size : *shape) {
            if (!size.is_number_unsigned() || size.get<uint64_t>() > std::numeric_limits<int64_t>::max()) {
                fail(entry.name, "its shape holds something other than a count");
            }
            entry.shape.push_back(size.get<int64_t>());
        }
        const auto count = element_count(entry.shape);
        if (!count) fail(entry.name, fmt::format("a shape of {} is beyond all bounds", shape_text(entry.shape)));
        entry.count = static_cast<size_t>(*count);
        if (const auto found = json.find("quantization"); found != json.end()) {
            entry.quantisation = read_quantisation(entry, *found);
        }
        return entry;
    }

    Quantisation read_quantisation(const Entry& entry, const Json& json) const {
        const std::string dtype = text_of(json, "dtype");
        if (dtype == "float16" && entry.dtype == DType::kF32) return {DType::kF16};
        if ((dtype != "uint8" && dtype != "uint16") || entry.dtype == DType::kBool) {
            fail(entry.name, fmt::format("a quantization to '{}' is not one that this program reads", dtype));
        }
        Quantisation result{dtype == "uint8" ? DType::kU8 : DType::kU16};
        for (const auto& [key, target] : {std::pair{"scale", &result.scale}, std::pair{"min", &result.min}}) {
            const auto found = json.find(key);
            if (found == json.end() || !found->is_number())
                fail(entry.name, fmt::format("its quantization has no {}", key));
            *target = found->get<double>();
        }
        return result;
    }

    const std::string& file_;
    std::set<std::string> names_;
};

// A shard lies in the manifest's folder or below it, whatever the manifest says.
fs::path shard_path(const std::string& file, const fs::path& folder, const std::string& text) {
    const fs::path path(text);
    bool leaves = text.empty() || path.is_absolute() || text.find('\0') != std::string::npos;
    for (const auto& part : path) leaves = leaves || part == "..";
    if (leaves) throw Error(fmt::format("{}: the shard '{}' would lie outside its folder", file, printable(path)));
    return folder / path;
}

// The group's shards as one run of bytes; their lengths are compared with the tensors' before anything is read.
std::vector<std::byte> read_shards(const std::string& file, const fs::path& folder, const Group& group) {
    std::vector<FileBytes> shards;
    size_t total = 0;
    std::string names;
    for (const auto& path : group.paths) {
        shards.push_back(FileBytes::map(shard_path(file, folder, path)));
        total += shards.back().bytes().size();
        names += (names.empty() ? "" : ", ") + shards.back().name();
    }
    if (total != group.bytes) {
        throw Error(
            fmt::format("{}: its tensors take {} bytes, its shards ({}) hold {}", file, group.bytes, names, total));
    }
    std::vector<std::byte> bytes;
    bytes.reserve(total);
    for (const auto& shard : shards) bytes.insert(bytes.end(), shard.bytes().begin(), shard.bytes().end());
    return bytes;
}

template <class Number>
std::vector<std::byte> as_bytes_of(const std::vector<Number>& numbers) {
    std::vector<std::byte> bytes(numbers.size() * sizeof(Number));
    if (!bytes.empty()) std::memcpy(bytes.data(), numbers.data(), bytes.size());
    return bytes;
}

std::vector<std::byte> dequantised(const std::string& file, const Entry& entry, std::span<const std::byte> stored) {
    const TensorView view{entry.name, entry.stored(), entry.shape, stored};
    if (!entry.quantisation) return {stored.begin(), stored.end()};
    if (entry.stored() == DType::kF16) return as_bytes_of(to_floats(view));
    const auto check = [&](double value, double limit) {
        if (!(std::abs(value) <= limit)) {
            throw Error(fmt::format("{}: tensor '{}': its quantization makes {}", file, entry.name, value));
        }
        return value;
    };
    std::vector<float> floats;
    std::vector<int32_t> integers;
    for (const double number : to_doubles(view)) {
        const double value = number * entry.quantisation->scale + entry.quantisation->min;
        if (entry.dtype == DType::kF32) {
            floats.push_back(static_cast<float>(check(value, std::numeric_limits<float>::max())));
        } else {
            // JavaScript's Math.round
            const double rounded = check(std::floor(value + 0.5), std::numeric_limits<int32_t>::max());
            integers.push_back(static_cast<int32_t>(rounded));
        }
    }
    return entry.dtype == DType::kF32 ? as_bytes_of(floats) : as_bytes_of(integers);
}

}  // namespace

TfjsWeights TfjsWeights::open(const fs::path& manifest, fs::path shard_folder) {
    TfjsWeights result;
    result.name_ = printable(manifest);
    if (shard_folder.empty()) shard_folder = manifest.parent_path();
    const Json json = parse_strict_json(read_text(manifest, kMaxManifestBytes), result.name_);
    for (auto& group : ManifestReader(result.name_).groups(json)) {
        const auto bytes = read_shards(result.name_, shard_folder, group);
        size_t at = 0;
        for (auto& entry : group.entries) {
            const size_t length = entry.count * element_bytes(entry.stored());
            const auto stored = std::span(bytes).subspan(at, length);
            at += length;
            auto memory = std::make_shared<const std::vector<std::byte>>(dequantised(result.name_, entry, stored));
            result.tensors_.push_back({entry.name, entry.dtype, entry.shape, *memory});
            result.memory_.push_back(std::move(memory));
        }
    }
    return result;
}

const TensorView& TfjsWeights::at(std::string_view tensor) const {
    const TensorView* found = find_tensor(tensors_, tensor);
    if (!found) throw Error(fmt::format("{}: has no tensor '{}'", name_, tensor));
    return *found;
}

}  // namespace bfr

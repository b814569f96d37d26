#include "weights/formats/safetensors.h"

#include <algorithm>
#include <cstring>
#include <tuple>

#include "base/error.h"
#include "weights/formats/strict_json.h"

namespace bfr {
namespace {

constexpr uint64_t kMaxHeaderBytes = 100'000'000;  // the format's own limit

// A header's entry before its bytes are cut out of the file.
struct Entry {
    TensorView view;
    uint64_t begin, end;
};

class HeaderReader {
  public:
    HeaderReader(const std::string& file, uint64_t data_bytes) : file_(file), data_bytes_(data_bytes) {}

    Entry entry(const std::string& name, const Json& json) const {
        if (!json.is_object()) fail(name, "its entry is not an object");
        for (const auto& [key, value] : json.items()) {
            if (key != "dtype" && key != "shape" && key != "data_offsets")
                fail(name, "its entry has the key '" + key + "'");
        }
        Entry entry{};
        entry.view.name = name;
        const Json& dtype = member(name, json, "dtype");
        const std::string spelt = dtype.is_string() ? dtype.get<std::string>() : "(not a text)";
        const auto known = parse_dtype(spelt);
        if (!known) fail(name, fmt::format("its dtype {} is not one that this program reads", spelt));
        entry.view.dtype = *known;
        for (const uint64_t size : sizes(name, json, "shape")) entry.view.shape.push_back(static_cast<int64_t>(size));
        const auto offsets = sizes(name, json, "data_offsets");
        if (offsets.size() != 2) fail(name, "its data_offsets are not two numbers");
        entry.begin = offsets[0];
        entry.end = offsets[1];
        if (entry.begin > entry.end || entry.end > data_bytes_) {
            fail(name, fmt::format("its bytes {} to {} don't lie within the {} of the data", entry.begin, entry.end,
                                   data_bytes_));
        }
        const auto count = element_count(entry.view.shape);
        uint64_t bytes = 0;
        if (!count || __builtin_mul_overflow(static_cast<uint64_t>(*count), element_bytes(*known), &bytes) ||
            bytes != entry.end - entry.begin) {
            fail(name, fmt::format("{} of {} don't make {} bytes", shape_text(entry.view.shape), to_string(*known),
                                   entry.end - entry.begin));
        }
        return entry;
    }

    [[noreturn]] void fail(const std::string& tensor, const std::string& what) const {
        throw Error(fmt::format("{}: tensor '{}': {}", file_, tensor, what));
    }

  private:
    const Json& member(const std::string& tensor, const Json& json, const char* key) const {
        const auto found = json.find(key);
        if (found == json.end()) fail(tensor, fmt::format("its entry has no {}", key));
        return *found;
    }
    std::vector<uint64_t> sizes(const std::string& tensor, const Json& json, const char* key) const {
        const Json& list = member(tensor, json, key);
        if (!list.is_array()) fail(tensor, fmt::format("its {} is not a list", key));
        std::vector<uint64_t> numbers;
        for (const auto& number : list) {
            if (!number.is_number_unsigned() || number.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX)) {
                fail(tensor, fmt::format("its {} holds something other than a count", key));
            }
            numbers.push_back(number.get<uint64_t>());
        }
        return numbers;
    }

    const std::string& file_;
    uint64_t data_bytes_;
};

std::map<std::string, std::string> read_metadata(const Json& json, const std::string& file) {
    std::map<std::string, std::string> metadata;
    if (!json.is_object()) throw Error(fmt::format("{}: its __metadata__ is not an object", file));
    for (const auto& [key, value] : json.items()) {
        if (!value.is_string()) throw Error(fmt::format("{}: its __metadata__ '{}' is not a text", file, key));
        metadata[key] = value.get<std::string>();
    }
    return metadata;
}

}  // namespace

SafetensorsFile SafetensorsFile::open(const std::filesystem::path& path) { return parse(FileBytes::map(path)); }

SafetensorsFile SafetensorsFile::parse(FileBytes bytes) {
    SafetensorsFile result;
    result.file_ = std::move(bytes);
    const std::string& file = result.file_.name();
    const auto all = result.file_.bytes();
    uint64_t header_bytes = 0;
    if (all.size() < sizeof header_bytes) throw Error(fmt::format("{}: too short for a safetensors file", file));
    std::memcpy(&header_bytes, all.data(), sizeof header_bytes);
    if (header_bytes > kMaxHeaderBytes || header_bytes > all.size() - sizeof header_bytes) {
        throw Error(fmt::format("{}: not a safetensors file, or a truncated one (a header of {} bytes in a file of {})",
                                file, header_bytes, all.size()));
    }
    const std::string_view header(reinterpret_cast<const char*>(all.data()) + sizeof header_bytes, header_bytes);
    if (!header.starts_with('{')) throw Error(fmt::format("{}: its header is not a JSON object", file));
    const Json json = parse_strict_json(header, file);
    const auto data = all.subspan(sizeof header_bytes + header_bytes);

    const HeaderReader reader(file, data.size());
    std::vector<Entry> entries;
    for (const auto& [name, value] : json.items()) {
        if (name == "__metadata__") {
            result.metadata_ = read_metadata(value, file);
        } else {
            entries.push_back(reader.entry(name, value));
        }
    }
    const auto place = [](const Entry& e) { return std::tie(e.begin, e.end, e.view.name); };
    std::sort(entries.begin(), entries.end(), [&](const Entry& a, const Entry& b) { return place(a) < place(b); });
    uint64_t filled = 0;
    for (auto& entry : entries) {
        if (entry.begin != filled) {
            reader.fail(entry.view.name, fmt::format("its bytes begin at {} where the tensor before it ends at {}",
                                                     entry.begin, filled));
        }
        filled = entry.end;
        entry.view.bytes = data.subspan(entry.begin, entry.end - entry.begin);
        result.tensors_.push_back(std::move(entry.view));
    }
    if (filled != data.size()) {
        throw Error(fmt::format("{}: {} bytes after the last tensor belong to none", file, data.size() - filled));
    }
    return result;
}

const TensorView& SafetensorsFile::at(std::string_view tensor) const {
    const TensorView* found = find_tensor(tensors_, tensor);
    if (!found) throw Error(fmt::format("{}: has no tensor '{}'", name(), tensor));
    return *found;
}

}  // namespace bfr

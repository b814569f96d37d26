#include "weights/formats/inspect.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/files.h"
#include "weights/formats/known_systems.h"

namespace bfr {
namespace {

using Kind = PickleValue::Kind;
constexpr size_t kMaxKeyWidth = 60;

struct Total {
    size_t tensors = 0;
    uint64_t elements = 0, bytes = 0;

    void add(const StoredTensor& tensor) {
        const auto count = static_cast<uint64_t>(tensor.count());
        tensors++;
        elements += count;
        bytes += count * element_bytes(tensor.dtype);
    }
    std::string text() const {
        return fmt::format("{} tensor{}, {} elements, {}", tensors, tensors == 1 ? "" : "s", elements,
                           bytes_text(bytes));
    }

  private:
    static std::string bytes_text(uint64_t bytes) {
        if (bytes < 10'000) return fmt::format("{} bytes", bytes);
        const auto size = static_cast<double>(bytes);
        if (bytes < 10'000'000) return fmt::format("{:.1f} kB", size / 1e3);
        return fmt::format("{:.1f} MB", size / 1e6);
    }
};

Total total_of(const std::vector<CheckpointTensor>& tensors) {
    Total total;
    for (const auto& tensor : tensors) total.add(tensor.stored);
    return total;
}

// The value's entries, where it has any: key and value alternate.
const std::vector<const PickleValue*>* entries_of(const PickleValue& value) {
    if (value.is(Kind::kDict)) return &value.items;
    const PickleValue* named = attributes(value);
    return named ? &named->items : nullptr;
}

std::string what_it_is(const PickleValue& value) {
    if (value.is(Kind::kDict)) return fmt::format("dict of {}", value.items.size() / 2);
    if (value.is(Kind::kList)) return fmt::format("list of {}", value.items.size());
    return describe(value);
}

std::string top_text(const Checkpoint& checkpoint, std::string_view path) {
    const PickleValue* value = checkpoint.find(path);
    const auto* entries = value ? entries_of(*value) : nullptr;
    if (!entries) return value && !value->is(Kind::kTensor) ? describe(*value, 500) + "\n" : std::string();
    std::string text;
    const bool object = value->is(Kind::kObject);
    if (object) text = fmt::format("  {:<24} {}\n", "class", describe(*value->object->callable));
    for (size_t i = 0; i + 1 < entries->size(); i += 2) {
        const PickleValue& entry = *(*entries)[i + 1];
        const bool hidden = object && key_text(*(*entries)[i]).starts_with('_');  // a module's own book-keeping
        if (entry.is(Kind::kTensor) || hidden) continue;
        const std::string key = key_text(*(*entries)[i]);
        const auto below = checkpoint.below(path.empty() ? key : fmt::format("{}.{}", path, key));
        const bool plain = below.empty() && (entry.is(Kind::kList) || entry.is(Kind::kDict));
        text += fmt::format("  {:<24} {}", printable(key), plain ? describe(entry) : what_it_is(entry));
        if (!below.empty()) text += ": " + total_of(below).text();
        text += '\n';
    }
    return text;
}

std::string tensors_text(const std::vector<CheckpointTensor>& tensors) {
    std::map<const TensorStorage*, size_t> uses;
    size_t width = 0;
    for (const auto& tensor : tensors) {
        uses[tensor.stored.storage.get()]++;
        width = std::max(width, std::min(printable(tensor.path).size(), kMaxKeyWidth));
    }
    std::string text;
    for (const auto& [path, stored] : tensors) {
        const std::string shape = shape_text(stored.shape);
        text += fmt::format("  {:<{}}  {:<4}  {:<20}{:>12}", printable(path), width, to_string(stored.dtype), shape,
                            static_cast<uint64_t>(stored.count()) * element_bytes(stored.dtype));
        if (uses[stored.storage.get()] > 1) text += "  shared";
        if (!stored.row_major()) text += "  view";
        text += '\n';
    }
    return text;
}

}  // namespace

std::string inspect_text(const Checkpoint& checkpoint, std::string_view path) {
    auto tensors = checkpoint.below(path);
    if (tensors.empty() && checkpoint.has(path)) tensors = {checkpoint.at(path)};
    if (tensors.empty() && !path.empty() && !checkpoint.find(path)) {
        throw Error(fmt::format("{}: has nothing at '{}'; without a path, inspect shows what there is",
                                checkpoint.name(), printable(path)));
    }
    std::string text =
        fmt::format("{}: {}, {}\n", checkpoint.name(), to_string(checkpoint.container()), total_of(tensors).text());
    for (const auto& [key, value] : checkpoint.metadata())
        text += fmt::format("  {:<24} {}\n", printable(key), printable(value));
    for (const auto& [network, below] : looks_like(tensors))
        text +=
            fmt::format("  {:<24} {}{}\n", "looks like", network, below.empty() ? "" : ", below " + printable(below));
    text += top_text(checkpoint, path);
    if (!tensors.empty()) text += "tensors:\n" + tensors_text(tensors);
    return text;
}

}  // namespace bfr

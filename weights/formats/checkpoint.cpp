#include "weights/formats/checkpoint.h"

#include "base/error.h"
#include "base/files.h"
#include "weights/formats/npy.h"
#include "weights/formats/safetensors.h"
#include "weights/formats/tensor_listing.h"
#include "weights/formats/torch_container.h"
#include "weights/formats/zip.h"

namespace bfr {
namespace {

constexpr std::string_view kNpyEnding = ".npy";

bool is_npz(const ZipArchive& archive) {
    for (const auto& entry : archive.entries()) {
        if (!std::string_view(entry.name).ends_with(kNpyEnding)) return false;
    }
    return !archive.entries().empty();
}

// Asked first: the header's length, its first eight bytes, may begin as a pickle does (0x80) or a zip archive ("PK").
bool looks_like_safetensors(std::string_view text) {
    if (text.size() < 9 || text[8] != '{') return false;
    uint64_t length = 0;
    for (size_t i = 0; i < 8; i++) length |= uint64_t{static_cast<unsigned char>(text[i])} << (8 * i);
    return length <= text.size() - 8;
}

}  // namespace

std::string_view to_string(Container container) {
    switch (container) {
        case Container::kTorchZip:
            return "torch zip";
        case Container::kTorchLegacy:
            return "torch legacy";
        case Container::kPickle:
            return "pickle";
        case Container::kSafetensors:
            return "safetensors";
        case Container::kNpy:
            return "npy";
        case Container::kNpz:
            return "npz";
    }
    return "";
}

void Checkpoint::add(std::string path, StoredTensor tensor) {
    const auto [entry, is_new] = index_.try_emplace(path, tensors_.size());
    if (!is_new) entry->second.reset();
    tensors_.push_back({std::move(path), std::move(tensor)});
}

const CheckpointTensor& Checkpoint::at(std::string_view path) const {
    const auto found = index_.find(std::string(path));
    if (found == index_.end()) throw Error(fmt::format("{}: has no tensor '{}'", name_, printable(path)));
    if (!found->second) throw Error(fmt::format("{}: has two tensors '{}'", name_, printable(path)));
    return tensors_[*found->second];
}

void Checkpoint::drop_pages() const {
    if (!tensors_.empty()) tensors_.front().stored.storage->content.drop_pages();
}

std::vector<CheckpointTensor> Checkpoint::below(std::string_view prefix) const {
    if (prefix.empty()) return tensors_;
    std::vector<CheckpointTensor> found;
    for (const auto& tensor : tensors_) {
        const std::string_view path = tensor.path;
        if (path.size() > prefix.size() && path.starts_with(prefix) && path[prefix.size()] == '.')
            found.push_back({std::string(path.substr(prefix.size() + 1)), tensor.stored});
    }
    return found;
}

const PickleValue* Checkpoint::find(std::string_view path) const {
    return tree_ ? value_at(*tree_->root, path) : nullptr;
}

Checkpoint parse_checkpoint(FileBytes file) {
    Checkpoint result;
    result.name_ = file.name();
    const auto bytes = file.bytes();
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const auto take = [&](Container container, PickleTree tree) {
        result.container_ = container;
        result.tree_ = std::make_shared<const PickleTree>(std::move(tree));
        list_tensors(*result.tree_,
                     [&](const std::string& path, const StoredTensor& tensor) { result.add(path, tensor); });
    };
    if (looks_like_safetensors(text)) {
        result.container_ = Container::kSafetensors;
        const auto tensors = SafetensorsFile::parse(file);
        result.metadata_ = tensors.metadata();
        for (const auto& view : tensors.tensors()) {
            const TensorStorage storage{file.part(view.bytes), false};
            result.add(view.name, {view.dtype, view.shape, dense_strides(view.shape), 0,
                                   std::make_shared<const TensorStorage>(storage)});
        }
    } else if (text.starts_with("PK")) {
        const auto archive = ZipArchive::parse(file);
        if (looks_like_torch_zip(archive)) {
            take(Container::kTorchZip, read_torch_zip(archive));
        } else if (is_npz(archive)) {
            result.container_ = Container::kNpz;
            for (const auto& entry : archive.entries()) {
                const std::string where = fmt::format("{}: '{}'", result.name_, printable(entry.name));
                result.add(entry.name.substr(0, entry.name.size() - kNpyEnding.size()),
                           parse_npy(archive.read(entry, true), where));
            }
        } else {
            throw Error(
                fmt::format("{}: is a zip archive, but neither torch's (no data.pkl) nor numpy's", result.name_));
        }
    } else if (looks_like_torch_legacy(bytes)) {
        take(Container::kTorchLegacy, read_torch_legacy(file));
    } else if (text.starts_with('\x80')) {
        take(Container::kPickle, read_plain_pickle(file));
    } else if (looks_like_npy(bytes)) {
        result.container_ = Container::kNpy;
        result.add("array", parse_npy(file, result.name_));
    } else {
        throw Error(
            fmt::format("{}: is no checkpoint that this program reads (torch's containers, pickle, safetensors, "
                        ".npy, .npz), or is cut short",
                        result.name_));
    }
    return result;
}

Checkpoint open_checkpoint(const std::filesystem::path& path) { return parse_checkpoint(FileBytes::map(path)); }

}  // namespace bfr

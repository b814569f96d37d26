// Any file that weights come in, read alike: a tree of values, and every tensor in it by its path.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weights/formats/pickle_value.h"

namespace bfr {

enum class Container { kTorchZip, kTorchLegacy, kPickle, kSafetensors, kNpy, kNpz };
std::string_view to_string(Container container);  // "torch zip", "safetensors" ...

struct CheckpointTensor {
    std::string path;  // "g_ema.conv1.weight": keys, list positions and attributes, joined by dots
    StoredTensor stored;
};

// Copying shares everything. Bytes are mapped, and cost what is looked at.
class Checkpoint {
  public:
    Container container() const { return container_; }
    const std::string& name() const { return name_; }  // the file, printable

    // In the order of the file. Of a pickled torch.nn.Module what its state_dict() has: parameters, buffers but those
    // that don't persist, then the modules below it, one under two names twice. An object of another unknown class
    // gives its attributes, its dict's and its list's entries, once.
    const std::vector<CheckpointTensor>& tensors() const { return tensors_; }
    bool has(std::string_view path) const { return index_.contains(std::string(path)); }
    // Throws Error where there is no such tensor, or two (a dict with the key "a.b" beside one "a" with "b").
    const CheckpointTensor& at(std::string_view path) const;
    // Row-major bytes, under the path's name: materialise().
    TensorBytes read(const CheckpointTensor& tensor) const { return materialise(tensor.stored, tensor.path); }

    // FileBytes::drop_pages() of its file: for whoever has copied what it needs.
    void drop_pages() const;

    // Those below `prefix` ("g_ema", "module", "state_dict.vqvae"), their paths without it and its dot; all for "".
    std::vector<CheckpointTensor> below(std::string_view prefix) const;

    // The object as a pickle has it; null for safetensors, .npy and .npz. Lives as long as a copy of this.
    const PickleValue* root() const { return tree_ ? tree_->root : nullptr; }
    // The value at a path ("args.size", "optimizer_states.0.param_groups.0.lr"); null where there is none.
    const PickleValue* find(std::string_view path) const;

    const std::map<std::string, std::string>& metadata() const { return metadata_; }  // safetensors' own

  private:
    friend Checkpoint parse_checkpoint(FileBytes file);
    void add(std::string path, StoredTensor tensor);

    Container container_ = Container::kPickle;
    std::string name_;
    std::shared_ptr<const PickleTree> tree_;
    std::vector<CheckpointTensor> tensors_;
    std::map<std::string, std::optional<size_t>> index_;  // none: two tensors of that path
    std::map<std::string, std::string> metadata_;
};

// What the file holds decides, not how it is called. Nothing in it is executed. Throws Error naming the file: no
// container that this program reads, cut short, damaged, a tensor that leaves its storage.
Checkpoint open_checkpoint(const std::filesystem::path& path);
Checkpoint parse_checkpoint(FileBytes file);

}  // namespace bfr

// The closed list of classes that this program understands in a pickle. Everything else stays opaque data.
#pragma once

#include <functional>
#include <optional>

#include "weights/formats/pickle_value.h"

namespace bfr {

// ('storage', class, key, location, count[, view]) as torch's persistent ids have it. The location is of no interest.
struct StorageId {
    struct View {
        std::string_view key;
        uint64_t offset, count;  // elements of the storage `key` above
    };
    std::string_view key;
    std::optional<DType> dtype;  // none for a kind of number that this program doesn't read (complex, quantised)
    uint64_t element_bytes = 0;
    uint64_t count = 0;        // elements of the whole storage
    std::optional<View> view;  // before torch 0.4: this part of it only
};

// None where the value is no storage's id, or of a class of storage that doesn't exist.
std::optional<StorageId> storage_id(const PickleValue& persistent);

// The bytes of a storage; a null pointer where storages are not to be had (a pickle outside a container).
using StorageSource = std::function<std::shared_ptr<const TensorStorage>(const StorageId&)>;

// Turns, in place, the objects of `tree` that are on the list into what they stand for:
//   tensors   torch._utils._rebuild_tensor, _v2, _v3, _rebuild_parameter, _rebuild_parameter_with_state,
//             torch._tensor._rebuild_from_type_v2; numpy's _reconstruct, _frombuffer and (as a number) scalar
//   dicts, sets, tuples, bytes   collections.OrderedDict, set, frozenset, torch.Size, _codecs.encode, bytes
//   names     persistent ids of the kind 'module' (the class, without its source)
// argparse.Namespace needs no turning: it's an object with attributes.
// Throws Error: a tensor that leaves its storage, an array whose bytes don't fit its shape.
void resolve_objects(PickleTree& tree, const StorageSource& storages);

}  // namespace bfr

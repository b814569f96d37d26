// Where the tensors of a pickled object are.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "weights/formats/pickle_value.h"

namespace bfr {

// use(path, tensor) for every tensor at or below tree.root, in the order that Checkpoint::tensors() promises. Throws
// Error naming the file: a dict with one text key twice, values nested deeper than 500, or shared so often that the
// walk would not end.
void list_tensors(const PickleTree& tree,
                  const std::function<void(const std::string& path, const StoredTensor& tensor)>& use);

// The value at a path of list_tensors' kind; null where there is none.
const PickleValue* value_at(const PickleValue& root, std::string_view path);

}  // namespace bfr

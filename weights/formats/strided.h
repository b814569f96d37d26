// A tensor as a checkpoint stores it: a view (offset, sizes, strides) into a storage that other tensors may share.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "weights/formats/file_bytes.h"
#include "weights/formats/tensor_entry.h"

namespace bfr {

struct TensorStorage {
    FileBytes content;        // perhaps not aligned
    bool big_endian = false;  // its numbers' highest byte is first
};

struct StoredTensor {
    DType dtype = DType::kF32;
    std::vector<int64_t> shape, strides;  // strides in elements
    int64_t offset = 0;                   // of the first element, in elements
    std::shared_ptr<const TensorStorage> storage;

    int64_t count() const { return *element_count(shape); }
    bool row_major() const;  // its elements lie one after another, and as this machine has them
};

// Strides of a dense tensor: the last dimension runs fastest, or the first (Fortran). Shapes whose element_count is
// none give no meaning.
std::vector<int64_t> dense_strides(std::span<const int64_t> shape, bool fortran = false);

// Every reader calls it before it gives a tensor out. Throws Error "WHERE: ..." where the shape is none, the strides
// are of another length or negative, or an element would lie outside the storage.
void check_view(const StoredTensor& tensor, const std::string& where);

// A tensor's bytes with what keeps them alive.
struct TensorBytes {
    TensorView view;
    std::shared_ptr<const void> owner;
};

// Row-major and little-endian. Shares the storage's bytes where they already are so, else copies. Throws Error where a
// tensor that repeats its storage's elements (a stride of 0) would take more than 1 GiB.
TensorBytes materialise(const StoredTensor& tensor, std::string name);

}  // namespace bfr

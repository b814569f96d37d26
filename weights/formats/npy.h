// numpy's .npy arrays, versions 1 to 3 (numpy/lib/format.py), and its names of dtypes.
#pragma once

#include <optional>
#include <string_view>

#include "weights/formats/strided.h"

namespace bfr {

struct NumpyType {
    DType dtype;
    bool big_endian = false;
};
// "<f8", "|b1", ">i4", "=u2" or, without an order, "f8". None for what is no plain number (complex, text, object,
// structure).
std::optional<NumpyType> parse_numpy_type(std::string_view text);

bool looks_like_npy(std::span<const std::byte> bytes);

// C or Fortran order, either end first. Throws Error that begins with `where` (the file and, in an archive, the entry):
// no such file, a dtype that isn't read, bytes that are missing or left over.
StoredTensor parse_npy(const FileBytes& file, const std::string& where);

}  // namespace bfr

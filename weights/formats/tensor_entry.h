// A tensor as a file holds it: name, kind of number, shape, bytes. Every reader of weights/formats gives these.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bfr {

enum class DType { kBool, kU8, kI8, kU16, kI16, kU32, kI32, kU64, kI64, kF16, kBF16, kF32, kF64 };

size_t element_bytes(DType dtype);
// As safetensors spells them: "BOOL", "U8", "F32", "BF16".
std::string_view to_string(DType dtype);
std::optional<DType> parse_dtype(std::string_view text);

// Product of the shape (1 for no dimension); none where a dimension is negative or the product doesn't fit in 63 bits.
std::optional<int64_t> element_count(std::span<const int64_t> shape);
// "[3, 3, 32, 1]"
std::string shape_text(std::span<const int64_t> shape);

// Row-major, little-endian, perhaps not aligned. The bytes belong to the file object that gave the view.
struct TensorView {
    std::string name;
    DType dtype = DType::kF32;
    std::vector<int64_t> shape;
    std::span<const std::byte> bytes;  // exactly count() elements

    int64_t count() const { return static_cast<int64_t>(bytes.size() / element_bytes(dtype)); }
};

// Null where no tensor has that name.
const TensorView* find_tensor(std::span<const TensorView> tensors, std::string_view name);

// Every element as float32: exact for F16, BF16 and F32, to nearest for what is wider.
std::vector<float> to_floats(const TensorView& tensor);
// Exact but for 64-bit integers beyond 2^53, which go to the nearest.
std::vector<double> to_doubles(const TensorView& tensor);
// Exact; Error for a kind with fractions and for a value beyond 2^63 - 1.
std::vector<int64_t> to_integers(const TensorView& tensor);

}  // namespace bfr

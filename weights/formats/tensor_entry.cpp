#include "weights/formats/tensor_entry.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include "base/error.h"

namespace bfr {
namespace {

static_assert(std::endian::native == std::endian::little, "weights are read as they lie in the file");

struct Half {
    uint16_t bits;
    explicit operator double() const {
        const int exponent = (bits >> 10) & 0x1F;
        const int fraction = bits & 0x3FF;
        const double sign = (bits & 0x8000) ? -1.0 : 1.0;
        if (exponent == 31) {
            const auto limits = std::numeric_limits<double>();
            return std::copysign(fraction ? limits.quiet_NaN() : limits.infinity(), sign);
        }
        if (exponent == 0) return sign * std::ldexp(fraction, -24);
        return sign * std::ldexp(1024 + fraction, exponent - 25);
    }
    explicit operator float() const { return static_cast<float>(static_cast<double>(*this)); }
};

struct BFloat16 {
    uint16_t bits;
    explicit operator float() const { return std::bit_cast<float>(uint32_t{bits} << 16); }
    explicit operator double() const { return static_cast<float>(*this); }
};

// use(element) for each element, of the C++ type that stands for the dtype.
template <class Use>
void for_each(const TensorView& tensor, Use use) {
    const auto walk = [&]<class Element>(Element element) {
        for (size_t at = 0; at < tensor.bytes.size(); at += sizeof(Element)) {
            std::memcpy(&element, tensor.bytes.data() + at, sizeof(Element));
            use(element);
        }
    };
    switch (tensor.dtype) {
        case DType::kBool:
        case DType::kU8:
            return walk(uint8_t{});
        case DType::kI8:
            return walk(int8_t{});
        case DType::kU16:
            return walk(uint16_t{});
        case DType::kI16:
            return walk(int16_t{});
        case DType::kU32:
            return walk(uint32_t{});
        case DType::kI32:
            return walk(int32_t{});
        case DType::kU64:
            return walk(uint64_t{});
        case DType::kI64:
            return walk(int64_t{});
        case DType::kF16:
            return walk(Half{});
        case DType::kBF16:
            return walk(BFloat16{});
        case DType::kF32:
            return walk(float{});
        case DType::kF64:
            return walk(double{});
    }
}

template <class Number>
std::vector<Number> converted(const TensorView& tensor) {
    std::vector<Number> numbers;
    numbers.reserve(static_cast<size_t>(tensor.count()));
    for_each(tensor, [&](auto element) { numbers.push_back(static_cast<Number>(element)); });
    return numbers;
}

struct DTypeRow {
    DType dtype;
    std::string_view text;
    size_t bytes;
};
constexpr std::array<DTypeRow, 13> kDTypes{{{DType::kBool, "BOOL", 1},
                                            {DType::kU8, "U8", 1},
                                            {DType::kI8, "I8", 1},
                                            {DType::kU16, "U16", 2},
                                            {DType::kI16, "I16", 2},
                                            {DType::kU32, "U32", 4},
                                            {DType::kI32, "I32", 4},
                                            {DType::kU64, "U64", 8},
                                            {DType::kI64, "I64", 8},
                                            {DType::kF16, "F16", 2},
                                            {DType::kBF16, "BF16", 2},
                                            {DType::kF32, "F32", 4},
                                            {DType::kF64, "F64", 8}}};

const DTypeRow& row(DType dtype) {
    for (const auto& entry : kDTypes) {
        if (entry.dtype == dtype) return entry;
    }
    throw Error("a dtype that has no row");
}

}  // namespace

size_t element_bytes(DType dtype) { return row(dtype).bytes; }
std::string_view to_string(DType dtype) { return row(dtype).text; }

std::optional<DType> parse_dtype(std::string_view text) {
    for (const auto& entry : kDTypes) {
        if (entry.text == text) return entry.dtype;
    }
    return std::nullopt;
}

std::optional<int64_t> element_count(std::span<const int64_t> shape) {
    if (std::any_of(shape.begin(), shape.end(), [](int64_t size) { return size < 0; })) return std::nullopt;
    if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return 0;
    int64_t count = 1;
    for (const int64_t size : shape) {
        if (__builtin_mul_overflow(count, size, &count)) return std::nullopt;
    }
    return count;
}

std::string shape_text(std::span<const int64_t> shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

const TensorView* find_tensor(std::span<const TensorView> tensors, std::string_view name) {
    for (const auto& tensor : tensors) {
        if (tensor.name == name) return &tensor;
    }
    return nullptr;
}

std::vector<float> to_floats(const TensorView& tensor) { return converted<float>(tensor); }
std::vector<double> to_doubles(const TensorView& tensor) { return converted<double>(tensor); }

std::vector<int64_t> to_integers(const TensorView& tensor) {
    std::vector<int64_t> numbers;
    numbers.reserve(static_cast<size_t>(tensor.count()));
    for_each(tensor, [&](auto element) {
        using Element = decltype(element);
        if constexpr (!std::is_integral_v<Element>) {
            throw Error(fmt::format("tensor '{}' holds {}, not integers", tensor.name, to_string(tensor.dtype)));
        } else {
            if constexpr (std::is_same_v<Element, uint64_t>) {
                if (element > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
                    throw Error(fmt::format("tensor '{}' holds {}, beyond 63 bits", tensor.name, element));
                }
            }
            numbers.push_back(static_cast<int64_t>(element));
        }
    });
    return numbers;
}

}  // namespace bfr

#include "weights/formats/strided.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"

namespace bfr {
namespace {

constexpr uint64_t kMaxRepeated = uint64_t{1} << 30;
constexpr size_t kMaxDimensions = 64;  // as torch

// A dimension of 1 has no use for its stride.
bool dense(const StoredTensor& tensor) {
    int64_t expected = 1;
    for (size_t i = tensor.shape.size(); i-- > 0;) {
        if (tensor.shape[i] == 1) continue;
        if (tensor.strides[i] != expected) return false;
        expected *= tensor.shape[i];
    }
    return true;
}

void swap_each(std::span<std::byte> bytes, size_t element) {
    for (size_t at = 0; at + element <= bytes.size(); at += element)
        std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                     bytes.begin() + static_cast<std::ptrdiff_t>(at + element));
}

std::vector<std::byte> gathered(const StoredTensor& tensor, size_t element) {
    const size_t count = static_cast<size_t>(tensor.count());
    std::vector<std::byte> bytes(count * element);
    const std::byte* from = tensor.storage->content.bytes().data();
    const size_t dimensions = tensor.shape.size();
    std::vector<int64_t> index(dimensions, 0);
    auto at = static_cast<uint64_t>(tensor.offset);  // wraps around, and back, where a dimension of 1 has any stride
    for (size_t i = 0; i < count; i++) {
        std::memcpy(bytes.data() + i * element, from + at * element, element);
        for (size_t d = dimensions; d-- > 0;) {
            const auto stride = static_cast<uint64_t>(tensor.strides[d]);
            at += stride;
            if (++index[d] < tensor.shape[d]) break;
            at -= stride * static_cast<uint64_t>(tensor.shape[d]);
            index[d] = 0;
        }
    }
    return bytes;
}

}  // namespace

bool StoredTensor::row_major() const {
    return count() == 0 || (dense(*this) && (!storage->big_endian || element_bytes(dtype) == 1));
}

std::vector<int64_t> dense_strides(std::span<const int64_t> shape, bool fortran) {
    std::vector<int64_t> strides(shape.size(), 1);
    const bool empty = std::find(shape.begin(), shape.end(), 0) != shape.end();
    for (size_t i = 1; i < shape.size() && !empty; i++) {
        const size_t d = fortran ? i : shape.size() - 1 - i;
        const size_t faster = fortran ? d - 1 : d + 1;
        strides[d] = strides[faster] * shape[faster];
    }
    return strides;
}

void check_view(const StoredTensor& tensor, const std::string& where) {
    const auto fail = [&](const std::string& what) {
        throw Error(fmt::format("{}: a tensor of shape {}, strides {} and offset {} {}", where,
                                shape_text(tensor.shape), shape_text(tensor.strides), tensor.offset, what));
    };
    const size_t dimensions = tensor.shape.size();
    if (dimensions > kMaxDimensions) fail("has too many dimensions");
    if (dimensions != tensor.strides.size()) fail("has not one stride for each dimension");
    if (!element_count(tensor.shape)) fail("has a shape that is none");
    const uint64_t stored = tensor.storage->content.bytes().size() / element_bytes(tensor.dtype);
    if (tensor.offset < 0 || static_cast<uint64_t>(tensor.offset) > stored)
        fail(fmt::format("begins outside its storage of {} elements", stored));
    if (tensor.count() == 0) return;
    uint64_t last = static_cast<uint64_t>(tensor.offset);
    for (size_t i = 0; i < dimensions; i++) {
        uint64_t reach = 0;
        if (tensor.strides[i] < 0) fail("has a negative stride");
        if (__builtin_mul_overflow(static_cast<uint64_t>(tensor.shape[i] - 1), static_cast<uint64_t>(tensor.strides[i]),
                                   &reach) ||
            __builtin_add_overflow(last, reach, &last) || last >= stored) {
            fail(fmt::format("leaves its storage of {} elements", stored));
        }
    }
    if (last >= stored) fail(fmt::format("leaves its storage of {} elements", stored));
}

TensorBytes materialise(const StoredTensor& tensor, std::string name) {
    const size_t element = element_bytes(tensor.dtype);
    const auto stored = tensor.storage->content.bytes();
    const auto count = static_cast<uint64_t>(tensor.count());
    TensorBytes result{{std::move(name), tensor.dtype, tensor.shape, {}}, tensor.storage};
    if (count == 0) return result;
    if (tensor.row_major()) {
        result.view.bytes = stored.subspan(static_cast<uint64_t>(tensor.offset) * element, count * element);
        return result;
    }
    if (count > stored.size() / element && count > kMaxRepeated / element) {
        throw Error(fmt::format("{}: tensor '{}' of shape {} repeats the {} bytes of its storage: refused",
                                tensor.storage->content.name(), result.view.name, shape_text(tensor.shape),
                                stored.size()));
    }
    auto bytes = gathered(tensor, element);
    if (tensor.storage->big_endian) swap_each(bytes, element);
    const auto owner = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
    result.view.bytes = *owner;
    result.owner = owner;
    return result;
}

}  // namespace bfr

#include "weights/formats/safetensors_writer.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"

namespace bfr {
namespace {

bool has_fractions(DType dtype) {
    return dtype == DType::kF16 || dtype == DType::kBF16 || dtype == DType::kF32 || dtype == DType::kF64;
}

// To nearest, ties to even; from a double, so that F64 isn't rounded twice.
uint16_t to_half(double value) {
    const auto sign = static_cast<uint16_t>(std::signbit(value) ? 0x8000 : 0);
    const double size = std::abs(value);
    if (std::isnan(value)) return sign | 0x7E00;
    if (std::isinf(value)) return sign | 0x7C00;
    if (size == 0) return sign;
    const int exponent = std::max(std::ilogb(size), -14);  // the subnormals share the smallest exponent
    const double steps = std::nearbyint(std::ldexp(size, 10 - exponent));
    // a mantissa that rounds up to 2048 carries into the exponent by itself
    return static_cast<uint16_t>(sign + static_cast<int>(steps) + ((exponent + 14) << 10));
}

template <class Number>
void append(std::vector<unsigned char>& file, Number number) {
    const size_t at = file.size();
    file.resize(at + sizeof number);
    std::memcpy(file.data() + at, &number, sizeof number);
}

void append_tensor(std::vector<unsigned char>& file, const CheckpointTensor& tensor, DType dtype) {
    const auto bytes = materialise(tensor.stored, tensor.path);
    if (dtype == tensor.stored.dtype) {
        const auto* first = reinterpret_cast<const unsigned char*>(bytes.view.bytes.data());
        file.insert(file.end(), first, first + bytes.view.bytes.size());
        return;
    }
    if (dtype == DType::kF32) {
        for (const float value : to_floats(bytes.view)) append(file, value);
        return;
    }
    for (const double value : to_doubles(bytes.view)) {
        constexpr double kFirstBeyond = 65520;  // rounds to infinity
        if (std::isfinite(value) && std::abs(value) >= kFirstBeyond) {
            throw Error(
                fmt::format("tensor '{}' holds {}, which fp16 can't; write it as fp32", printable(tensor.path), value));
        }
        append(file, to_half(value));
    }
}

}  // namespace

std::vector<unsigned char> safetensors_bytes(const std::vector<CheckpointTensor>& tensors, std::optional<DType> floats,
                                             const std::map<std::string, std::string>& metadata) {
    BFR_CHECK(!floats || *floats == DType::kF16 || *floats == DType::kF32, "{}", to_string(*floats));
    const auto kept = [&](const CheckpointTensor& tensor) {
        return floats && has_fractions(tensor.stored.dtype) ? *floats : tensor.stored.dtype;
    };
    Json header = Json::object();
    if (!metadata.empty()) header["__metadata__"] = metadata;
    uint64_t end = 0;
    for (const auto& tensor : tensors) {
        if (!is_utf8(tensor.path))
            throw Error(fmt::format("tensor '{}': its name is no UTF-8", printable(tensor.path)));
        if (header.contains(tensor.path))
            throw Error(fmt::format("there are two tensors '{}'", printable(tensor.path)));
        const uint64_t begin = end;
        end += static_cast<uint64_t>(tensor.stored.count()) * element_bytes(kept(tensor));
        header[tensor.path] = {
            {"dtype", to_string(kept(tensor))}, {"shape", tensor.stored.shape}, {"data_offsets", {begin, end}}};
    }
    std::string text = header.dump();
    constexpr size_t kAlignment = 8;  // of the data, by blanks at the header's end
    text.resize((text.size() + kAlignment - 1) / kAlignment * kAlignment, ' ');
    std::vector<unsigned char> file;
    file.reserve(sizeof(uint64_t) + text.size() + end);
    append(file, static_cast<uint64_t>(text.size()));
    file.insert(file.end(), text.begin(), text.end());
    for (const auto& tensor : tensors) append_tensor(file, tensor, kept(tensor));
    return file;
}

void write_safetensors(const std::filesystem::path& path, const std::vector<CheckpointTensor>& tensors,
                       std::optional<DType> floats, const std::map<std::string, std::string>& metadata) {
    write_file(path, safetensors_bytes(tensors, floats, metadata));
}

}  // namespace bfr

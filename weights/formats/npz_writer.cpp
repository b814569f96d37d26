#include "weights/formats/npz_writer.h"

#include <zlib.h>

#include <cstring>

#include "base/error.h"
#include "base/files.h"

namespace bfr {
namespace {

using Bytes = std::vector<unsigned char>;

const char* numpy_type(DType dtype) {
    switch (dtype) {
        case DType::kBool:
            return "|b1";
        case DType::kU8:
            return "|u1";
        case DType::kI8:
            return "|i1";
        case DType::kU16:
            return "<u2";
        case DType::kI16:
            return "<i2";
        case DType::kU32:
            return "<u4";
        case DType::kI32:
            return "<i4";
        case DType::kU64:
            return "<u8";
        case DType::kI64:
            return "<i8";
        case DType::kF16:
            return "<f2";
        case DType::kF32:
            return "<f4";
        case DType::kF64:
            return "<f8";
        case DType::kBF16:
            break;
    }
    return nullptr;
}

void add(Bytes& to, uint64_t number, int bytes) {
    for (int i = 0; i < bytes; i++) to.push_back(static_cast<unsigned char>(number >> (8 * i)));
}

void add(Bytes& to, std::string_view text) { to.insert(to.end(), text.begin(), text.end()); }

Bytes npy(const CheckpointTensor& array) {
    const char* const type = numpy_type(array.stored.dtype);
    if (!type) throw Error(fmt::format("tensor {}: numpy has no {}", array.path, to_string(array.stored.dtype)));
    std::string shape;
    for (const int64_t side : array.stored.shape) shape += fmt::format("{}, ", side);
    std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", type, shape);
    constexpr size_t kBefore = 10, kAlignment = 64;
    while ((kBefore + header.size() + 1) % kAlignment != 0) header += ' ';
    header += '\n';
    Bytes bytes;
    add(bytes, "\x93NUMPY");
    add(bytes, 1, 1);
    add(bytes, 0, 1);
    add(bytes, header.size(), 2);
    add(bytes, header);
    const TensorBytes data = materialise(array.stored, array.path);
    const auto* first = reinterpret_cast<const unsigned char*>(data.view.bytes.data());
    bytes.insert(bytes.end(), first, first + data.view.bytes.size());
    return bytes;
}

// What stands in an entry's own header and in the archive's directory alike: version 2.0, stored, 1980-01-01.
void add_entry(Bytes& to, const std::string& name, uint64_t crc, uint64_t size) {
    add(to, 20, 2);
    add(to, 0, 2);
    add(to, 0, 2);
    add(to, 0, 2);
    add(to, 0x21, 2);
    add(to, crc, 4);
    add(to, size, 4);
    add(to, size, 4);
    add(to, name.size(), 2);
    add(to, 0, 2);
}

}  // namespace

void write_npz(const std::filesystem::path& path, const std::vector<CheckpointTensor>& arrays) {
    Bytes file, directory;
    for (const auto& array : arrays) {
        const Bytes content = npy(array);
        const std::string name = array.path + ".npy";
        const uint64_t offset = file.size();
        const auto crc = crc32_z(0, content.data(), content.size());
        add(file, "PK\x03\x04");
        add_entry(file, name, crc, content.size());
        add(file, name);
        file.insert(file.end(), content.begin(), content.end());
        add(directory, "PK\x01\x02");
        add(directory, 20, 2);
        add_entry(directory, name, crc, content.size());
        add(directory, 0, 2 + 2 + 2);  // comment, disk, attributes
        add(directory, 0, 4);
        add(directory, offset, 4);
        add(directory, name);
        if (file.size() + directory.size() > UINT32_MAX)
            throw Error(fmt::format("{}: an archive of more than 4 GiB is not written", printable(path)));
    }
    const uint64_t start = file.size();
    file.insert(file.end(), directory.begin(), directory.end());
    add(file, "PK\x05\x06");
    add(file, 0, 4);
    add(file, arrays.size(), 2);
    add(file, arrays.size(), 2);
    add(file, directory.size(), 4);
    add(file, start, 4);
    add(file, 0, 2);
    write_file(path, file);
}

}  // namespace bfr

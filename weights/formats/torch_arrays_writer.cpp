#include "weights/formats/torch_arrays_writer.h"

#include <string_view>

#include "base/error.h"
#include "base/files.h"

namespace bfr {
namespace {

using Bytes = std::vector<unsigned char>;

// What a pickle is made of (Python's pickletools.py has the opcodes).
class Pickler {
  public:
    explicit Pickler(Bytes& to) : to_(to) { raw("\x80\x03"); }

    void raw(std::string_view bytes) { to_.insert(to_.end(), bytes.begin(), bytes.end()); }
    void small(uint8_t number) {
        raw("K");
        to_.push_back(number);
    }
    void number(uint64_t number, int bytes) {
        for (int i = 0; i < bytes; i++) to_.push_back(static_cast<unsigned char>(number >> (8 * i)));
    }
    void integer(uint64_t value) {
        raw("\x8a\x08");
        number(value, 8);
    }
    void text(std::string_view text) {
        raw("X");
        number(text.size(), 4);
        raw(text);
    }
    void global(std::string_view module, std::string_view name) {
        raw("c");
        raw(module);
        raw("\n");
        raw(name);
        raw("\n");
    }
    void bytes(std::span<const std::byte> content) {
        raw("B");
        number(content.size(), 4);
        const auto* first = reinterpret_cast<const unsigned char*>(content.data());
        to_.insert(to_.end(), first, first + content.size());
    }

  private:
    Bytes& to_;
};

// numpy's own way: _reconstruct(ndarray, (0,), b"b"), then the state (1, shape, dtype("f8"), row-major, bytes). numpy 2
// still knows the module by the name that numpy 1 has.
void add_array(Pickler& to, const CheckpointTensor& array) {
    if (array.stored.dtype != DType::kF64)
        throw Error(fmt::format("tensor {}: is {}, and only double precision is written", array.path,
                                to_string(array.stored.dtype)));
    const TensorBytes data = materialise(array.stored, array.path);
    if (data.view.bytes.size() > UINT32_MAX) throw Error(fmt::format("tensor {}: of 4 GiB or more", array.path));
    to.global("numpy.core.multiarray", "_reconstruct");
    to.global("numpy", "ndarray");
    to.small(0);
    to.raw(
        "\x85"  // (0,)
        "C\x01"
        "b"
        "\x87R(");
    to.small(1);
    to.raw("(");
    for (const int64_t side : array.stored.shape) to.integer(static_cast<uint64_t>(side));
    to.raw("t");
    to.global("numpy", "dtype");
    to.text("f8");
    to.raw("\x89\x88\x87R(");  // dtype("f8", False, True), then its state
    to.small(3);
    to.text("<");
    to.raw("NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xff");
    to.small(0);
    to.raw("tb\x89");  // not in Fortran's order
    to.bytes(data.view.bytes);
    to.raw("tb");
}

}  // namespace

void write_torch_arrays(const std::filesystem::path& path, const std::vector<CheckpointTensor>& arrays,
                        const std::map<std::string, std::string>& texts) {
    Bytes file;
    Pickler(file).raw("\x8a\nl\xfc\x9c\x46\xf9 j\xa8P\x19.");  // torch's magic number, 0x1950a86a20f9469cfc6c
    Pickler(file).raw("M\xe9\x03.");                           // protocol 1001
    Pickler system(file);
    system.raw("}(");
    system.text("protocol_version");
    system.raw("M\xe9\x03");
    system.text("little_endian");
    system.raw("\x88");
    system.text("type_sizes");
    system.raw("}(");
    for (const auto& [type, size] : {std::pair{"short", 2}, {"int", 4}, {"long", 4}}) {
        system.text(type);
        system.small(static_cast<uint8_t>(size));
    }
    system.raw("uu.");
    Pickler all(file);
    all.raw("}(");
    for (const auto& array : arrays) {
        all.text(array.path);
        add_array(all, array);
    }
    for (const auto& [key, value] : texts) {
        all.text(key);
        all.text(value);
    }
    all.raw("u.");
    Pickler(file).raw("].");  // no storages
    write_file(path, file);
}

}  // namespace bfr

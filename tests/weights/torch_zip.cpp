#include "tests/weights/torch_zip.h"

#include <map>

#include "base/error.h"
#include "tests/weights/bytes.h"

namespace bfr::testing {

namespace {

std::string text(const std::string& content) { return "X" + number(static_cast<uint32_t>(content.size())) + content; }

std::string integer(int64_t value) { return "\x8a\x08" + number(value); }  // LONG1 of eight bytes

std::string tuple(const std::vector<int64_t>& values) {
    std::string pickled = "(";
    for (const int64_t value : values) pickled += integer(value);
    return pickled + "t";
}

std::string storage_class(DType dtype) {
    switch (dtype) {
        case DType::kF16:
            return "HalfStorage";
        case DType::kF32:
            return "FloatStorage";
        case DType::kF64:
            return "DoubleStorage";
        case DType::kI64:
            return "LongStorage";
        default:
            throw Error(fmt::format("no test file holds {}", to_string(dtype)));
    }
}

}  // namespace

std::string torch_zip(const std::vector<CheckpointTensor>& tensors, bool deflate) {
    std::vector<ZipPart> parts(1);
    std::map<std::string, std::string> groups;  // what stands in each dictionary, pickled
    std::string top;
    for (const auto& [path, stored] : tensors) {
        const auto bytes = stored.storage->content.bytes();
        const std::string key = std::to_string(parts.size() - 1);
        const std::string pickled = "ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") + "ctorch\n" +
                                    storage_class(stored.dtype) + "\n" + text(key) + text("cpu") +
                                    integer(static_cast<int64_t>(bytes.size() / element_bytes(stored.dtype))) + "tQ" +
                                    integer(stored.offset) + tuple(stored.shape) + tuple(stored.strides) + "\x89" +
                                    "ccollections\nOrderedDict\n)RtR";
        const size_t dot = path.find('.');
        if (dot == std::string::npos) {
            top += text(path) + pickled;
        } else {
            groups[path.substr(0, dot)] += text(path.substr(dot + 1)) + pickled;
        }
        parts.push_back({.name = "archive/data/" + key,
                         .content = {reinterpret_cast<const char*>(bytes.data()), bytes.size()},
                         .deflate = deflate});
    }
    std::string pickle = "\x80\2}(" + top;
    for (const auto& [name, content] : groups) pickle += text(name) + "}(" + content + "u";
    pickle += text("args") + "cargparse\nNamespace\n)\x81}(" + text("size") + integer(32) + "ubu.";
    parts[0] = {.name = "archive/data.pkl", .content = pickle, .deflate = deflate};
    parts.push_back({.name = "archive/version", .content = "3\n"});
    return make_zip(parts);
}

}  // namespace bfr::testing

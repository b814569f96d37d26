#include "tests/fuzz/fuzz.h"
#include "weights/formats/known_objects.h"
#include "weights/formats/pickle.h"
#include "weights/formats/tensor_listing.h"

// A pickle whose every storage is there, 64 bytes long.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace bfr;
    return fuzz::expect_answer([&] {
        const FileBytes file = fuzz::file_of(data, size);
        const auto storage = std::make_shared<const TensorStorage>(
            TensorStorage{FileBytes::own(std::vector<std::byte>(64), "storage"), false});
        PickleTree tree = parse_pickle(file, file.bytes());
        resolve_objects(tree, [&](const StorageId&) { return storage; });
        describe(*tree.root);
        list_tensors(tree, [&](const std::string& path, const StoredTensor& tensor) {
            fuzz::read(tensor);
            value_at(*tree.root, path);
        });
    });
}

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tests/fuzz/fuzz.h"
#include "weights/formats/tfjs.h"

namespace {

// A folder for this process: the reader takes a manifest and the shards beside it.
struct Folder {
    Folder() {
        const std::filesystem::path memory = "/dev/shm";  // a hundred times as fast as a disk
        const bool there = std::filesystem::is_directory(memory);
        path = (there ? memory : std::filesystem::temp_directory_path()) / ("fuzz_tfjs." + std::to_string(::getpid()));
        std::filesystem::create_directories(path);
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
    std::filesystem::path path;
};

void write(const std::filesystem::path& path, const uint8_t* data, size_t size) {
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
}

}  // namespace

// The manifest up to the first zero byte, what follows is the shard "s".
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace bfr;
    static const Folder folder;
    const auto* end = std::find(data, data + size, uint8_t{0});
    const auto manifest = static_cast<size_t>(end - data);
    write(folder.path / "m.json", data, manifest);
    const size_t shard = std::min(manifest + 1, size);
    write(folder.path / "s", data + shard, size - shard);
    return fuzz::expect_answer([&] {
        const auto weights = TfjsWeights::open(folder.path / "m.json");
        for (const auto& tensor : weights.tensors()) to_doubles(tensor);
    });
}

// fuzz_seeds CHECKPOINTS OUT: what each fuzzing program begins with, in OUT/PROGRAM.
#include <cstdio>
#include <filesystem>

#include "base/error.h"
#include "base/files.h"
#include "weights/formats/pickle.h"
#include "weights/formats/torch_container.h"
#include "weights/formats/zip.h"

namespace {
namespace fs = std::filesystem;
using bfr::FileBytes;

void save(const fs::path& path, std::span<const std::byte> bytes) {
    bfr::write_file(path, {reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()});
}

void save_entries(const FileBytes& file, const std::string& name, const fs::path& out) {
    const auto archive = bfr::ZipArchive::parse(file);
    for (const auto& entry : archive.entries()) {
        const auto content = archive.read(entry, true).bytes();
        const fs::path path = entry.name;
        if (path.extension() == ".pkl") save(out / "pickle" / name, content);
        if (path.extension() == ".npy") save(out / "npy" / path.filename(), content);
    }
}

// The old container begins with pickles that end one after another; each is a seed by itself.
void save_pickles(const FileBytes& file, const std::string& name, const fs::path& out) {
    auto rest = file.bytes();
    for (int i = 0; i < 5; i++) {
        const auto end = bfr::parse_pickle(file, rest).end;
        save(out / "pickle" / (name + std::to_string(i)), rest.first(end));
        rest = rest.subspan(end);
    }
}

}  // namespace

int main(int argc, char** argv) try {
    if (argc != 3) throw bfr::UsageError("usage: fuzz_seeds CHECKPOINTS OUT");
    const fs::path out = argv[2];
    for (const auto& found : fs::directory_iterator(argv[1])) {
        const std::string name = found.path().filename().string();
        if (found.path().extension() == ".json") continue;
        const auto file = FileBytes::map(found.path());
        save(out / "checkpoint" / name, file.bytes());
        if (found.path().extension() == ".safetensors") {
            save(out / "safetensors" / name, file.bytes());
        } else if (bfr::looks_like_torch_legacy(file.bytes())) {
            save_pickles(file, name, out);
        } else {
            save(out / "zip" / name, file.bytes());
            save_entries(file, name, out);
        }
    }
    const std::string weights = R"("weights":[{"name":"a","shape":[2],"dtype":"float32"},)"
                                R"({"name":"b","shape":[3],"dtype":"int32","quantization":)"
                                R"({"dtype":"uint8","scale":0.5,"min":-2}},)"
                                R"({"name":"c","shape":[1],"dtype":"float32","quantization":{"dtype":"float16"}}]}])";
    bfr::write_text(out / "tfjs" / "model", R"([{"paths":["s"],)" + weights + std::string(1 + 8 + 3 + 2, '\0'));
    return 0;
} catch (const bfr::Error& error) {
    std::fprintf(stderr, "fuzz_seeds: %s\n", error.what());
    return 2;
}

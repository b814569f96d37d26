#include "tests/fuzz/fuzz.h"
#include "weights/formats/zip.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace bfr;
    return fuzz::expect_answer([&] {
        const auto archive = ZipArchive::parse(fuzz::file_of(data, size));
        for (const auto& entry : archive.entries()) {
            fuzz::expect_answer([&] {
                const auto content = archive.read(entry, true);
                BFR_CHECK(content.bytes().size() == entry.size, "{}", entry.size);
            });
        }
    });
}

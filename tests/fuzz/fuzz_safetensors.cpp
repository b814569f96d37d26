#include "tests/fuzz/fuzz.h"
#include "weights/formats/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace bfr;
    return fuzz::expect_answer([&] {
        const auto file = SafetensorsFile::parse(fuzz::file_of(data, size));
        for (const auto& tensor : file.tensors()) {
            BFR_CHECK(to_floats(tensor).size() == static_cast<size_t>(*element_count(tensor.shape)), "{}", tensor.name);
        }
    });
}

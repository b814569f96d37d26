#include "tests/fuzz/fuzz.h"
#include "weights/formats/npy.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace bfr;
    return fuzz::expect_answer([&] { fuzz::read(parse_npy(fuzz::file_of(data, size), "fuzzed")); });
}

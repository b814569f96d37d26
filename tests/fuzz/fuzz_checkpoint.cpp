#include "tests/fuzz/fuzz.h"
#include "weights/formats/checkpoint.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace bfr;
    return fuzz::expect_answer([&] {
        const auto checkpoint = parse_checkpoint(fuzz::file_of(data, size));
        for (const auto& tensor : checkpoint.tensors()) fuzz::read(tensor.stored);
        if (checkpoint.root()) describe(*checkpoint.root());
    });
}

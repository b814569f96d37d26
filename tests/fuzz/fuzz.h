// What the fuzzing programs share: an input as a file, and reading all that a reader gave.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "weights/formats/file_bytes.h"
#include "weights/formats/strided.h"

namespace bfr::fuzz {

inline FileBytes file_of(const uint8_t* data, size_t size) {
    const auto* first = reinterpret_cast<const std::byte*>(data);
    return FileBytes::own({first, first + size}, "fuzzed");
}

// Tensors that repeat their storage may be a thousand times the input: allowed, and of no interest here.
constexpr int64_t kMaxElements = 1 << 20;

inline void read(const StoredTensor& tensor) {
    if (tensor.count() > kMaxElements) return;
    const auto bytes = materialise(tensor, "t");
    BFR_CHECK(to_doubles(bytes.view).size() == static_cast<size_t>(tensor.count()), "{}", tensor.count());
}

// An Error is an answer; anything else that is thrown ends the program.
template <class Action>
int expect_answer(Action action) {
    try {
        action();
    } catch (const Error&) {
    }
    return 0;
}

}  // namespace bfr::fuzz

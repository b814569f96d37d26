// Small files made by hand, for the readers' tests.
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "weights/formats/file_bytes.h"

namespace bfr::testing {

using namespace std::string_literals;

inline std::vector<std::byte> to_bytes(std::string_view text) {
    const auto* first = reinterpret_cast<const std::byte*>(text.data());
    return {first, first + text.size()};
}
inline FileBytes file_of(std::string_view text, std::string name = "some.file") {
    return FileBytes::own(to_bytes(text), std::move(name));
}

// Little-endian.
template <class Number>
std::string number(Number value) {
    std::string text(sizeof value, '\0');
    std::memcpy(text.data(), &value, sizeof value);
    return text;
}

// What `action` throws, or "accepted".
template <class Action>
std::string refusal_of(Action action) {
    try {
        action();
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "accepted";
}

// One entry of a zip archive, and what can be wrong with it.
struct ZipPart {
    std::string name, content;
    bool deflate = false;
    bool wide = false;          // sizes of 64 bits
    bool descriptor = false;    // sizes after the data
    uint64_t claimed_size = 0;  // where it isn't 0: the size that the headers name
    uint16_t flags = 0;
    std::string local_name = {};  // where it isn't empty: the name in the entry's own header
    uint64_t moved_by = 0;        // added to the directory's offset
};
std::string make_zip(const std::vector<ZipPart>& parts, bool wide_end = false);
std::string deflated(std::string_view content);

}  // namespace bfr::testing

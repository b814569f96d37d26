// Bytes as text, for numbers that JSON would make three times as long.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bfr {

// RFC 4648, with padding.
std::string base64(std::span<const unsigned char> bytes);
// Nothing where the text isn't that.
std::optional<std::vector<unsigned char>> bytes_of_base64(std::string_view text);

// Each float's four bytes, the lowest first.
std::string base64_of_floats(std::span<const float> values);
std::optional<std::vector<float>> floats_of_base64(std::string_view text);

}  // namespace bfr

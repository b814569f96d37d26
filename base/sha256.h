#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace bfr {

// SHA-256 as 64 lower-case hexadecimal digits.
std::string sha256(std::span<const unsigned char> bytes);
std::string sha256(std::string_view text);
// Reads the file in blocks; throws Error where it can't be read.
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace bfr

// Whole files in and out. Writing is atomic: a reader sees the old file or the new one, never a part of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bfr {

// Throws Error naming the file: missing, not a regular file, unreadable, or over `max_bytes`.
std::vector<unsigned char> read_file(const std::filesystem::path& path, uint64_t max_bytes = UINT64_MAX);
std::string read_text(const std::filesystem::path& path, uint64_t max_bytes = uint64_t{1} << 30);

// Writes beside the target, syncs, and renames. Makes the folders above it. Throws Error naming the file and the cause
// (no space, no permission); nothing is left behind then, and an older file of that name stays as it was.
void write_file(const std::filesystem::path& path, std::span<const unsigned char> bytes);
void write_text(const std::filesystem::path& path, std::string_view text);

// A path as UTF-8 for messages and JSON; bytes that are not UTF-8 are shown as \xNN, control characters escaped.
std::string printable(const std::filesystem::path& path);
bool is_utf8(std::string_view text);

}  // namespace bfr

// What a pack's files are called and hold: shared by writer and reader. docs/training.md tells it to users.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bfr::train {

inline constexpr std::string_view kPackFormat = "bfr-pack";
inline constexpr int kPackVersion = 1;
inline constexpr std::string_view kPackFile = "pack.json";

// Tensors of a shard, and keys of its metadata: a JSON list of one text a picture each.
inline constexpr std::string_view kJpegTensor = "jpeg";        // U8: all files, one after the other
inline constexpr std::string_view kOffsetsTensor = "offsets";  // I64 (n + 1): where each begins, and the end
inline constexpr std::string_view kCrcTensor = "crc32";        // I64 (n): of each file's bytes, as zlib has it
inline constexpr std::string_view kIdsKey = "ids", kGroupsKey = "groups";

std::string shard_name(size_t index);  // "shard-00000.safetensors"

// Why a text can't be an id or a group's name; empty where it can.
std::string name_problem(std::string_view text);

}  // namespace bfr::train

#pragma once

#include <cstdint>
#include <filesystem>

namespace bfr {

// Unpacks a bzip2 file (several streams one behind the other too) into `out`, replacing it. Throws TransferError where
// it is damaged, or unpacks to more or less than `bytes`: no more than those are ever written. Error of the disk.
void unpack_bzip2(const std::filesystem::path& packed, const std::filesystem::path& out, uint64_t bytes);

// The most that bzip2 makes of so many bytes.
uint64_t most_packed(uint64_t bytes);

}  // namespace bfr

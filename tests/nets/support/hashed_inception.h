#pragma once

#include <filesystem>

namespace bfr::testing {

// A file of FID's Inception with hashed numbers (95 MB), in every layer of such a size that pictures stay apart.
void write_hashed_inception(const std::filesystem::path& file);

}  // namespace bfr::testing

// The files that a method leaves beside its restored pictures, on their way to the disk.
#pragma once

#include <filesystem>
#include <vector>

#include "restore/restorer.h"

namespace bfr {

// Broken promises: other files than the method announced, a name twice, a name that Extra::name doesn't allow.
void check_extras(const RestorerInfo& info, const std::vector<Extra>& extras);

// The whole file or none; makes the folders above it. Throws Error naming the file.
void write_content(const FileContent& content, const std::filesystem::path& path);

}  // namespace bfr

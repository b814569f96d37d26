// Weights that come with the program (weights/bundled): files of the catalogue without urls, by their system's folder
// and their name, "compact-128/code_diffuser.safetensors".
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "weights/catalogue/catalogue.h"

namespace bfr {

// Where they lie: share/bfr/weights beside the program, as it is built, or beside its folder, as it is installed; those
// of them that are there.
std::vector<std::filesystem::path> bundled_weights_folders();

inline bool comes_with_program(const KnownFile& file) { return file.urls.empty(); }

// What to do where one of them is missing or another file.
std::string mend_of_bundled();

}  // namespace bfr

#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "weights/catalogue/catalogue.h"

namespace bfr {

// A catalogue of somebody else's (schema bfr-catalogue/1). It is hostile until checked: unknown keys, names that are no
// plain file names, other schemes than https, http and file, control characters, and files that couldn't be checked
// after coming over plain http are refused. Throws Error naming the file and the place in it.
std::vector<KnownFile> read_catalogue(const std::filesystem::path& path);

// Why a download from `url` can't be trusted or can't be asked for; empty where it can. `checked`: the SHA-256 of what
// must come is known.
std::string objection_to_url(const std::string& url, bool checked);

// Whether it comes packed: the url ends in .bz2 (before any ? or #) and the name doesn't.
bool is_packed(const std::string& url, const std::string& name);

}  // namespace bfr

// Which pictures of a data set `bfr pack` takes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "base/json.h"
#include "cli/options.h"
#include "datasets/sample.h"

namespace bfr {

struct PackPicture {
    std::string id;
    std::filesystem::path file;
    std::string group;  // empty where unknown
};

struct PackSource {
    std::vector<PackPicture> pictures;  // sorted by id
    std::vector<LeftOut> left_out;
    std::vector<std::string> notes;  // what a person should know of the selection
    Json settings;                   // of pack.json
};

// Reads --in (a picture's group is the folder that it lies in, below DIR) or --manifest (its references), --pattern,
// --groups, --without-groups, --per-group, --limit. Throws UsageError, also where no picture is left.
PackSource select_pictures(const Arguments& arguments);

// The names in a list: the first column of each line that isn't empty; columns are divided by tabs.
std::set<std::string> names_in_list(const std::filesystem::path& file);

}  // namespace bfr

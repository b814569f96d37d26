// What a run works on: samples, each an id with its files, and what could not become a sample.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json_fwd.h"

namespace bfr {

struct SampleFiles {
    std::string id;  // UTF-8, unique; folders separated by '/', without the extension
    std::optional<std::filesystem::path> degraded;
    std::optional<std::filesystem::path> reference;
    std::string group;  // whom intervals cluster by (the person); empty where unknown
    std::string label;  // the true emotion where the data set has one; empty else
    std::optional<std::vector<std::array<double, 2>>> points;  // annotated 68 points, pixels of the reference
};

struct LeftOut {
    std::string path;    // printable
    std::string reason;  // "no partner in REFERENCE", "its stem is also that of ..."
};

struct SampleList {
    std::vector<SampleFiles> samples;  // sorted by id (byte order)
    std::vector<LeftOut> left_out;     // sorted by path
};

// Where samples come from: exactly one of `manifest` or at least one of the folders.
struct DataOptions {
    std::string degraded;   // folder
    std::string reference;  // folder
    std::string
        manifest;  // .jsonl or .csv: id, degraded, reference, group, label, points; paths relative to the manifest
    std::string pattern = "{id}";  // stem of a degraded file: "{id}_00" pairs a_00.png with a.png
    std::string reference_pattern = "{id}";
    bool recursive = false;  // ids are then paths relative to the folder
    uint64_t limit = 0;      // the first so many samples in the order of ids; 0: all
};

// Throws UsageError for a folder that is missing or has no picture, a manifest that can't be read (with its line).
// Two files of one stem in a folder are both left out, with the reason.
SampleList list_samples(const DataOptions& options);

// Pictures of a folder by id, sorted; `pattern` as above. For `outputs:` and for commands that read one folder.
struct FolderListing {
    std::map<std::string, std::filesystem::path> files;
    std::vector<LeftOut> left_out;
};
FolderListing list_folder(const std::filesystem::path& folder, const std::string& pattern = "{id}",
                          bool recursive = false);

// Where a sample's picture is written below a folder: the id with `extension` (".png"). Throws Error for an id that
// would leave the folder ("..", absolute).
std::filesystem::path path_of_id(const std::filesystem::path& folder, const std::string& id,
                                 const std::string& extension);

}  // namespace bfr

// The files that the program can use, and where they are looked for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/unit.h"

namespace bfr {

struct KnownFile {
    std::string name;  // file name, as it lies in a weights folder
    std::string sha256;
    uint64_t bytes = 0;
    std::string licence;
    std::string citation;
    std::string source;   // the package or page it comes from
    std::string command;  // what puts it in place
};

std::span<const KnownFile> known_files();

// A file that was found and whose content is the catalogue's.
struct FoundFile {
    std::filesystem::path path;
    WeightsUse use;
};

// Looks in the folders given, then $BFR_WEIGHTS, the user's cache ($XDG_CACHE_HOME or ~/.cache, then bfr/weights).
// Thread-safe; a file is hashed once a process.
class WeightsLocator {
  public:
    explicit WeightsLocator(std::vector<std::filesystem::path> folders = {});

    // Throws NotAvailable where the file is missing (with the folders that were searched and the command that fetches
    // it), and Error where a file of that name has another content: it's never used, and no other folder is tried
    // instead.
    FoundFile find(const std::string& name) const;

    const std::vector<std::filesystem::path>& folders() const { return folders_; }

  private:
    std::vector<std::filesystem::path> folders_;
};

// What a factory may use to make its unit.
struct UnitContext {
    WeightsLocator weights;
    std::string device = "cpu";
    bool allow_commands = false;
};

}  // namespace bfr

// The files that the program can use, and where they are looked for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/unit.h"

namespace bfr {

struct KnownFile {
    std::string name;  // file name, as it lies in a weights folder
    // Tried in this order. One that ends in .bz2, where the name doesn't, is unpacked; all else here is of the unpacked
    // file.
    std::vector<std::string> urls;
    std::optional<std::string> sha256;  // none: nobody publishes it; the file is pinned on first use (pins.h)
    std::optional<uint64_t> bytes;
    std::string licence;
    std::string citation;
    std::string source;                // who publishes it, in words
    std::vector<std::string> enables;  // specs ("identity", "landmarks:find=mmod") or commands ("align")
};

// The files of this program, without any other catalogue.
std::span<const KnownFile> built_in_files();

// This program's files and those of other catalogues (docs/weights.md has their format). Copies share their table.
class Catalogue {
  public:
    // The built-in files, and those of the catalogue that $BFR_CATALOGUE names. UsageError as `add` throws it.
    Catalogue();

    // Throws UsageError naming the file where it isn't a catalogue, or names a file that is known already.
    void add(const std::filesystem::path& catalogue);

    std::span<const KnownFile> files() const { return *files_; }
    // UsageError, with near names, for a name that no catalogue has.
    const KnownFile& file(const std::string& name) const;

  private:
    std::shared_ptr<const std::vector<KnownFile>> files_;
};

// A file that was found and whose content is the catalogue's, or the pinned one.
struct FoundFile {
    std::filesystem::path path;
    WeightsUse use;
};

// What lies there under a file's name.
struct FileCheck {
    enum State { kRight, kUnpinned, kWrong, kMissing };  // kUnpinned: nothing to compare with yet
    State state = kMissing;
    std::filesystem::path path;  // empty where missing
    std::string expected;        // SHA-256 by the catalogue or the pin, or the beginning of it that the name carries
    std::string found;           // SHA-256 of the content; empty where the size is wrong already, or missing
    uint64_t bytes = 0;
};

// Of a file's content, computed once a process however many units use the file, and again where its size or time of
// change is another. Throws Error where it can't be read.
std::string sha256_of_weights(const std::filesystem::path& file);

// Where files are written that belong to no project: $XDG_CACHE_HOME or ~/.cache, then bfr/weights. Empty where neither
// variable is set.
std::filesystem::path user_weights_folder();

// Looks in the folders given, $BFR_WEIGHTS's (a:b), the user's cache, bundled.h's. Thread-safe; hashes once a process.
class WeightsLocator {
  public:
    // UsageError where one of `folders` is not a folder.
    explicit WeightsLocator(std::vector<std::filesystem::path> folders = {}, Catalogue catalogue = {});

    // Throws NotAvailable where the file is missing (with the folders that were searched and the command that fetches
    // it), and Error where a file of that name has another content: it's never used, and no other folder is tried
    // instead. A file whose hash nobody publishes is pinned here where it wasn't yet; Error where that can't be done.
    // Where its name carries the beginning of its hash (pins.h, name_digits()), that is compared first.
    FoundFile find(const std::string& name) const;

    // The first file of that name, whatever it holds. Nothing where it is in no folder.
    std::optional<std::filesystem::path> path_of(const std::string& name) const;
    // Hashes it. Pins nothing. UsageError for a name that no catalogue has.
    FileCheck check(const std::string& name) const;

    const Catalogue& catalogue() const { return catalogue_; }
    const std::vector<std::filesystem::path>& folders() const { return folders_; }
    // The first in $BFR_WEIGHTS that names no folder: it is searched in vain, and a person should know.
    std::optional<std::filesystem::path> missing_folder() const;

  private:
    Catalogue catalogue_;
    std::vector<std::filesystem::path> folders_;
};

// What a factory may use to make its unit.
struct UnitContext {
    WeightsLocator weights;
    std::string device = "cpu";
    bool allow_commands = false;
};

}  // namespace bfr

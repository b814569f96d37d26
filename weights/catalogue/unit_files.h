// A unit's model files: the catalogue's, or a person's own where an option names one.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "weights/catalogue/catalogue.h"

namespace bfr {

struct UnitFile {
    std::string option;                        // "weights", "trunk": what names a file of one's own
    std::optional<std::filesystem::path> own;  // that file
    std::string published;                     // else the catalogue's of this name
};

// In their order. `unit`: "metric lpips". Whatever unit it is: an own file that isn't there is a UsageError that names
// the option (a misspelt path), and it may hold anything, since nobody knows its hash; files of the catalogue that are
// missing are one NotAvailable that names all of them; one with another content is an Error (WeightsLocator::find).
std::vector<FoundFile> find_unit_files(const WeightsLocator& weights, const std::string& unit,
                                       const std::vector<UnitFile>& wanted);
FoundFile find_unit_file(const WeightsLocator& weights, const std::string& unit, const UnitFile& wanted);

// The file that an option names, with its hash. UsageError as above.
FoundFile own_file(const std::string& unit, const std::string& option, const std::filesystem::path& file);

}  // namespace bfr

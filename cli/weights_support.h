#pragma once

#include <string>
#include <vector>

#include "cli/options.h"
#include "weights/catalogue/catalogue.h"

namespace bfr {

// By --weights and --catalogue.
WeightsLocator weights_locator(const Arguments& arguments);

// The words behind the action.
std::vector<std::string> names_behind(const Arguments& arguments);

// The files of these names; all where there is none. UsageError for an unknown one.
std::vector<KnownFile> named_files(const std::vector<std::string>& names, const Catalogue& catalogue);

// The files that a unit or command needs: "identity:find=mmod" needs what enables "identity" too. UsageError where
// there is no such unit; empty where it needs none.
std::vector<KnownFile> files_for(const std::string& unit, const Catalogue& catalogue);

// The command that fetches a file, from these catalogues beside the known ones.
std::string fetch_line(const std::string& name, const std::vector<std::string>& catalogues);

// The table of all files, or all about those that are named.
std::string list_of_weights(const WeightsLocator& locator, const std::vector<std::string>& names,
                            const std::vector<std::string>& catalogues = {});

// What `verify` and `doctor` say of a file.
struct Verdict {
    FileCheck check;
    std::string state;  // "right", "pinned" (the first one used, known by nobody else), "unpinned", "wrong", "missing"
    std::string text;   // what a person should know of it beyond the path; empty where there is nothing
};
// Hashes it; one without a published hash that holds another network is wrong, pinned or not.
Verdict verdict_of(const WeightsLocator& locator, const KnownFile& file);

}  // namespace bfr

#pragma once

#include <string>
#include <vector>

#include "cli/options.h"
#include "weights/catalogue/catalogue.h"

namespace bfr {

// By --weights and --catalogue.
WeightsLocator weights_locator(const Arguments& arguments);

// The files that are named behind the action; all where none is. UsageError for an unknown one.
std::vector<KnownFile> named_files(const Arguments& arguments, const Catalogue& catalogue);

// The files that a unit or command needs: "identity:find=mmod" needs what enables "identity" too. UsageError where
// there is no such unit; empty where it needs none.
std::vector<KnownFile> files_for(const std::string& unit, const Catalogue& catalogue);

// The command that fetches these files; it names the catalogues that --catalogue did.
std::string fetch_line(const Arguments& arguments, const std::vector<std::string>& words);

// "right", "unpinned", "wrong" or "missing"; and what a person should know of it beyond the path.
std::string state_name(FileCheck::State state);
std::string wrong_text(const KnownFile& file, const FileCheck& check);

}  // namespace bfr

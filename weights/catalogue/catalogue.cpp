#include "weights/catalogue/catalogue.h"

#include <algorithm>
#include <cstdlib>

#include "base/error.h"
#include "base/files.h"
#include "base/names.h"
#include "weights/catalogue/read_catalogue.h"

namespace bfr {
namespace fs = std::filesystem;

Catalogue::Catalogue() {
    const auto files = built_in_files();
    files_ = std::make_shared<const std::vector<KnownFile>>(files.begin(), files.end());
    if (const char* other = std::getenv("BFR_CATALOGUE"); other && *other) {
        try {
            add(other);
        } catch (const UsageError& error) {
            throw UsageError(fmt::format("$BFR_CATALOGUE: {}", error.what()));
        }
    }
}

void Catalogue::add(const fs::path& catalogue) {
    auto files = *files_;
    try {
        for (auto& file : read_catalogue(catalogue)) {
            if (std::ranges::any_of(files, [&](const auto& known) { return known.name == file.name; })) {
                throw Error(
                    fmt::format("{}: '{}' is known already: a name means one file", printable(catalogue), file.name));
            }
            files.push_back(std::move(file));
        }
    } catch (const Error& error) {
        throw UsageError(error.what());
    }
    files_ = std::make_shared<const std::vector<KnownFile>>(std::move(files));
}

const KnownFile& Catalogue::file(const std::string& name) const {
    std::vector<std::string> names;
    for (const auto& file : *files_) {
        if (file.name == name) return file;
        names.push_back(file.name);
    }
    throw UsageError(unknown_name("weights file", name, names));
}

}  // namespace bfr

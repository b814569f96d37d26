#include "restore/vspbfr/files.h"

#include <array>
#include <future>

#include "base/error.h"
#include "base/files.h"
#include "weights/catalogue/missing.h"

namespace bfr::vspbfr {
namespace fs = std::filesystem;

namespace {

constexpr std::array<const char*, 3> kStems = {"style_encoder_decoder", "code_diffuser", "restoration_net"};
constexpr std::array<const char*, 2> kEndings = {".pt", ".safetensors"};

Files files_of(const std::vector<fs::path>& paths) { return {paths.at(0), paths.at(1), paths.at(2)}; }

bool is_file(const fs::path& path) {
    std::error_code code;
    return fs::is_regular_file(path, code);
}

[[noreturn]] void throw_missing(const fs::path& folder, const std::vector<std::string>& names, bool published) {
    std::string missing, words;
    for (const auto& name : names) {
        missing += (missing.empty() ? "" : ", ") + printable(folder / name);
        words += " " + name;
    }
    throw NotAvailable(missing + (names.size() == 1 ? " is missing" : " are missing"),
                       published ? fmt::format("bfr weights fetch{} --out {}", words, printable(folder))
                                 : fmt::format("bfr train vspbfr export --out SYSTEM --to {}", printable(folder)));
}

}  // namespace

FoundFiles find_catalogue_files(const std::string& weights, const WeightsLocator& locator) {
    const bool bundled = weights == kWeights.front();
    std::vector<std::string> names;
    for (const std::string stem : kStems)
        names.push_back(bundled ? weights + "/" + stem + ".safetensors" : stem + ".pt");
    require_weights(locator, names);
    FoundFiles found;
    std::vector<fs::path> paths;
    for (const auto& name : names) {
        const FoundFile file = locator.find(name);
        paths.push_back(file.path);
        found.uses.push_back(file.use);
    }
    found.paths = files_of(paths);
    return found;
}

FoundFiles find_own_files(const fs::path& folder) {
    std::vector<fs::path> paths;
    std::vector<const char*> lacking;
    bool published = true;  // what there is, if anything, is named as the published files are
    for (const char* stem : kStems) {
        std::vector<fs::path> there;
        for (const char* ending : kEndings) {
            if (is_file(folder / (std::string(stem) + ending))) there.push_back(folder / (std::string(stem) + ending));
        }
        if (there.size() > 1) {
            throw UsageError(fmt::format("method vspbfr: {} and {} are both there: which is meant? Remove one",
                                         printable(there[0]), printable(there[1])));
        }
        if (there.empty()) {
            lacking.push_back(stem);
        } else {
            published &= there[0].extension() == kEndings[0];
            paths.push_back(there[0]);
        }
    }
    if (!lacking.empty()) {
        std::vector<std::string> names;
        for (const char* stem : lacking) names.push_back(std::string(stem) + kEndings[published ? 0 : 1]);
        throw_missing(folder, names, published);
    }
    FoundFiles found;
    std::vector<std::future<std::string>> hashes;  // a second's work, where one core does it alone
    for (const auto& path : paths) hashes.push_back(std::async(std::launch::async, sha256_of_weights, path));
    for (size_t i = 0; i < paths.size(); i++) {
        WeightsUse use{printable(paths[i].filename()), hashes[i].get(), fs::file_size(paths[i])};
        use.own = true;
        found.uses.push_back(std::move(use));
    }
    found.paths = files_of(paths);
    return found;
}

}  // namespace bfr::vspbfr

#include "weights/catalogue/unit_files.h"

#include <system_error>

#include "base/error.h"
#include "base/files.h"
#include "weights/catalogue/missing.h"

namespace bfr {
namespace fs = std::filesystem;

FoundFile own_file(const std::string& unit, const std::string& option, const fs::path& file) {
    std::error_code code;
    if (!fs::is_regular_file(file, code))
        throw UsageError(fmt::format("{}: {}={}: there is no such file", unit, option, printable(file)));
    WeightsUse use{printable(file.filename()), sha256_of_weights(file), fs::file_size(file)};
    use.own = true;
    return {file, std::move(use)};
}

std::vector<FoundFile> find_unit_files(const WeightsLocator& weights, const std::string& unit,
                                       const std::vector<UnitFile>& wanted) {
    std::vector<FoundFile> found(wanted.size());
    std::vector<std::string> published;
    for (size_t i = 0; i < wanted.size(); i++) {  // a misspelt option is told before what is missing
        if (wanted[i].own) {
            found[i] = own_file(unit, wanted[i].option, *wanted[i].own);
        } else {
            published.push_back(wanted[i].published);
        }
    }
    require_weights(weights, published);
    for (size_t i = 0; i < wanted.size(); i++) {
        if (!wanted[i].own) found[i] = weights.find(wanted[i].published);
    }
    return found;
}

FoundFile find_unit_file(const WeightsLocator& weights, const std::string& unit, const UnitFile& wanted) {
    return find_unit_files(weights, unit, {wanted}).front();
}

}  // namespace bfr

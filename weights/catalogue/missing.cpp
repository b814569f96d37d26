#include "weights/catalogue/missing.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <system_error>

#include "base/files.h"
#include "weights/catalogue/bundled.h"

namespace bfr {
namespace {

bool needs(const Spec& wanted, const Spec& enabled) {
    if (wanted.name() != enabled.name()) return false;
    return std::ranges::all_of(enabled.options(), [&](const auto& option) {
        return std::ranges::find(wanted.options(), option) != wanted.options().end();
    });
}

std::string fetch_command(const std::string& names) { return "bfr weights fetch " + names; }

}  // namespace

std::vector<KnownFile> files_for(const Spec& unit, const Catalogue& catalogue) {
    std::vector<KnownFile> needed;
    for (const auto& file : catalogue.files()) {
        if (std::ranges::any_of(file.enables, [&](const auto& text) { return needs(unit, Spec::parse(text)); }))
            needed.push_back(file);
    }
    return needed;
}

void require_weights(const WeightsLocator& weights, const std::vector<std::string>& names) {
    std::vector<std::string> missing;
    for (const auto& name : names) {
        if (!weights.path_of(name)) missing.push_back(name);
    }
    if (missing.empty()) return;
    std::string searched;
    for (const auto& folder : weights.folders()) {
        std::error_code code;
        searched += (searched.empty() ? "" : ", ") + printable(folder);
        if (!std::filesystem::is_directory(folder, code)) searched += " (no such folder)";
    }
    const KnownFile& first = weights.catalogue().file(missing.front());  // a unit's files come all in one way
    throw NotAvailable(
        fmt::format("{} {} missing (searched: {})", fmt::join(missing, ", "), missing.size() == 1 ? "is" : "are",
                    searched.empty() ? "no folder" : searched),
        comes_with_program(first) ? mend_of_bundled() : fetch_command(fmt::format("{}", fmt::join(missing, " "))));
}

void tell_all_missing(const WeightsLocator& weights, const Spec& unit, const NotAvailable& error) {
    std::vector<std::string> names;
    for (const auto& file : files_for(unit, weights.catalogue())) names.push_back(file.name);
    // Only where that is what the error tells: a unit may lack a device as well.
    const auto told = [&](const std::string& name) { return error.mend() == fetch_command(name); };
    if (std::ranges::any_of(names, told)) require_weights(weights, names);
}

}  // namespace bfr

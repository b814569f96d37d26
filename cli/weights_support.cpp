#include "cli/weights_support.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "base/names.h"
#include "base/spec.h"
#include "cli/start.h"
#include "downstream/task.h"
#include "metrics/metric.h"
#include "reports/text.h"
#include "restore/restorer.h"

namespace bfr {
namespace {

template <class Unit>
void add_names(const Registry<Unit, UnitContext>& registry, std::vector<std::string>& names) {
    for (const auto& entry : registry.entries()) names.push_back(entry.name);
}

// Whether `wanted` is `enabled`, perhaps with more options: what identity needs, identity:find=mmod needs too.
bool needs(const Spec& wanted, const Spec& enabled) {
    if (wanted.name() != enabled.name()) return false;
    return std::ranges::all_of(enabled.options(), [&](const auto& option) {
        return std::ranges::find(wanted.options(), option) != wanted.options().end();
    });
}

}  // namespace

WeightsLocator weights_locator(const Arguments& arguments) {
    Catalogue catalogue;
    for (const auto& file : arguments.paths("catalogue")) catalogue.add(file);
    WeightsLocator locator(arguments.paths("weights"), catalogue);
    warn_of_missing_weights(locator);
    return locator;
}

std::vector<KnownFile> named_files(const Arguments& arguments, const Catalogue& catalogue) {
    std::vector<KnownFile> files;
    for (size_t i = 1; i < arguments.operands().size(); i++) files.push_back(catalogue.file(arguments.operands()[i]));
    if (files.empty()) files.assign(catalogue.files().begin(), catalogue.files().end());
    return files;
}

std::vector<KnownFile> files_for(const std::string& unit, const Catalogue& catalogue) {
    const Spec wanted = Spec::parse(unit);
    std::vector<std::string> names = {"align"};
    add_names(restorers(), names);
    add_names(metrics(), names);
    add_names(tasks(), names);
    std::vector<KnownFile> files;
    for (const auto& file : catalogue.files()) {
        bool needed = false;
        for (const auto& enabled : file.enables) {
            const Spec spec = Spec::parse(enabled);
            names.push_back(spec.name());
            needed = needed || needs(wanted, spec);
        }
        if (needed) files.push_back(file);
    }
    if (std::ranges::find(names, wanted.name()) == names.end()) {
        std::ranges::sort(names);
        names.erase(std::ranges::unique(names).begin(), names.end());
        throw UsageError(unknown_name("unit", wanted.name(), names));
    }
    return files;
}

std::string fetch_line(const Arguments& arguments, const std::vector<std::string>& words) {
    std::string line = "bfr weights fetch " + fmt::format("{}", fmt::join(words, " "));
    for (const auto& catalogue : arguments.texts("catalogue")) line += " --catalogue " + shell_word(catalogue);
    return line;
}

std::string state_name(FileCheck::State state) {
    switch (state) {
        case FileCheck::kRight:
            return "right";
        case FileCheck::kUnpinned:
            return "unpinned";
        case FileCheck::kWrong:
            return "wrong";
        case FileCheck::kMissing:
            break;
    }
    return "missing";
}

std::string wrong_text(const KnownFile& file, const FileCheck& check) {
    if (check.found.empty())
        return fmt::format("{} bytes, where {} are expected", check.bytes, file.bytes.value_or(check.bytes));
    return fmt::format("sha256 {}, where {} is expected", check.found, check.expected);
}

}  // namespace bfr

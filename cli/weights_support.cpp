#include "cli/weights_support.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/names.h"
#include "base/spec.h"
#include "cli/start.h"
#include "downstream/task.h"
#include "metrics/metric.h"
#include "reports/text.h"
#include "restore/restorer.h"
#include "weights/catalogue/bundled.h"
#include "weights/catalogue/held_network.h"
#include "weights/catalogue/missing.h"
#include "weights/catalogue/pins.h"

namespace bfr {
namespace {

template <class Unit>
void add_names(const Registry<Unit, UnitContext>& registry, std::vector<std::string>& names) {
    for (const auto& entry : registry.entries()) names.push_back(entry.name);
}

// With what its options are where the spec doesn't say: lpips needs what lpips:net=alex does.
template <class Unit>
void add_defaults(const Registry<Unit, UnitContext>& registry, Spec& spec) {
    if (!registry.find(spec.name())) return;
    try {
        for (const auto& [key, value] : registry.read_options(spec)) {
            if (!spec.options().contains(key)) spec.set(key, value);
        }
    } catch (const UsageError&) {  // one that needs an option: its name alone asks for all that it could need
        if (!spec.options().empty()) throw;
    }
}

std::string size_text(const KnownFile& file) { return file.bytes ? bytes_text(*file.bytes) : "unknown"; }

std::string enables_text(const KnownFile& file) { return visible(fmt::format("{}", fmt::join(file.enables, ", "))); }

std::string field(const std::string& name, const std::string& text) {
    return text.empty() ? "" : fmt::format("{:12}{}\n", name, visible(text));
}

std::string describe(const KnownFile& file, const WeightsLocator& locator, const std::string& command) {
    const auto path = locator.path_of(file.name);
    std::string text = field("file", file.name);
    text += field("bytes", file.bytes ? fmt::format("{}", *file.bytes) : "unknown");
    text += field("sha256", file.sha256.value_or("published by nobody: pinned on first use, and checked ever after"));
    text += field("licence", file.licence) + field("citation", file.citation) + field("source", file.source);
    for (const auto& url : file.urls) text += field("url", url);
    text += field("enables", enables_text(file));
    return text + (path ? field("here", printable(*path))
                        : field("not here", comes_with_program(file) ? mend_of_bundled() : command));
}

std::string wrong_text(const KnownFile& file, const FileCheck& check) {
    if (check.found.empty())
        return fmt::format("{} bytes, where {} are expected", check.bytes, file.bytes.value_or(check.bytes));
    const auto pin = file.sha256 ? std::nullopt : read_pin(check.path);
    return fmt::format("sha256 {}, where {} is expected{}", check.found, check.expected,
                       pin ? " by the pin " + printable(pin->path) : "");
}

}  // namespace

WeightsLocator weights_locator(const Arguments& arguments) {
    Catalogue catalogue;
    for (const auto& file : arguments.paths("catalogue")) catalogue.add(file);
    WeightsLocator locator(arguments.paths("weights"), catalogue);
    warn_of_missing_weights(locator);
    return locator;
}

std::vector<std::string> names_behind(const Arguments& arguments) {
    return {arguments.operands().begin() + 1, arguments.operands().end()};
}

std::vector<KnownFile> named_files(const std::vector<std::string>& names, const Catalogue& catalogue) {
    std::vector<KnownFile> files;
    for (const auto& name : names) files.push_back(catalogue.file(name));
    if (files.empty()) files.assign(catalogue.files().begin(), catalogue.files().end());
    return files;
}

std::vector<KnownFile> files_for(const std::string& unit, const Catalogue& catalogue) {
    Spec wanted = Spec::parse(unit);
    add_defaults(restorers(), wanted);
    add_defaults(metrics(), wanted);
    add_defaults(tasks(), wanted);
    std::vector<std::string> names = {"align"};
    add_names(restorers(), names);
    add_names(metrics(), names);
    add_names(tasks(), names);
    for (const auto& file : catalogue.files()) {
        for (const auto& enabled : file.enables) names.push_back(Spec::parse(enabled).name());
    }
    if (std::ranges::find(names, wanted.name()) == names.end()) {
        std::ranges::sort(names);
        names.erase(std::ranges::unique(names).begin(), names.end());
        throw UsageError(unknown_name("unit", wanted.name(), names));
    }
    return files_for(wanted, catalogue);
}

std::string fetch_line(const std::string& name, const std::vector<std::string>& catalogues) {
    std::string line = "bfr weights fetch " + name;
    for (const auto& catalogue : catalogues) line += " --catalogue " + shell_word(catalogue);
    return line;
}

std::string list_of_weights(const WeightsLocator& locator, const std::vector<std::string>& names,
                            const std::vector<std::string>& catalogues) {
    const auto files = named_files(names, locator.catalogue());
    std::string text;
    if (!names.empty()) {
        for (const auto& file : files)
            text += (text.empty() ? "" : "\n") + describe(file, locator, fetch_line(file.name, catalogues));
        return text;
    }
    size_t width = 4, licence = 7;
    for (const auto& file : files) {
        width = std::max(width, file.name.size());
        licence = std::max(licence, visible(file.licence).size());
    }
    const auto line = [&](const std::string& name, const std::string& size, const std::string& here,
                          const std::string& hash, const std::string& terms, const std::string& enables) {
        text += fmt::format("{:{}}  {:>8}  {:4}  {:6}  {:{}}  {}\n", name, width, size, here, hash, terms, licence,
                            enables);
    };
    line("file", "size", "here", "sha256", "licence", "enables");
    for (const auto& file : files) {
        line(file.name, size_text(file), locator.path_of(file.name) ? "yes" : "no", file.sha256 ? "known" : "pinned",
             visible(file.licence), enables_text(file));
    }
    return text;
}

Verdict verdict_of(const WeightsLocator& locator, const KnownFile& file) {
    const FileCheck check = locator.check(file.name);
    switch (check.state) {
        case FileCheck::kMissing:
            return {check, "missing", ""};
        case FileCheck::kWrong:
            return {check, "wrong", wrong_text(file, check)};
        case FileCheck::kRight:
            if (file.sha256) return {check, "right", ""};
            break;
        case FileCheck::kUnpinned:
            break;
    }
    const bool pinned = check.state == FileCheck::kRight;
    if (auto other = other_network(file.name, check.path); !other.empty()) {
        const auto pin = pinned ? read_pin(check.path) : std::nullopt;
        if (pin) other += fmt::format(" (pinned nevertheless, in {}: remove that too)", printable(pin->path));
        return {check, "wrong", other};
    }
    if (pinned) return {check, "pinned", ""};
    return {check, "unpinned", "sha256 " + check.found + ", nothing to compare with yet"};
}

}  // namespace bfr

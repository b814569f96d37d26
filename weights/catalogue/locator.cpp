#include <cstdlib>
#include <map>
#include <mutex>
#include <ranges>
#include <string_view>
#include <tuple>

#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"
#include "weights/catalogue/bundled.h"
#include "weights/catalogue/catalogue.h"
#include "weights/catalogue/held_network.h"
#include "weights/catalogue/missing.h"
#include "weights/catalogue/pins.h"

namespace bfr {
namespace fs = std::filesystem;

namespace {

bool is_folder(const fs::path& path) {
    std::error_code code;
    return fs::is_directory(path, code);
}

// $BFR_WEIGHTS, "a:b" as $PATH; one folder whose own name holds a colon is taken as it is.
std::vector<fs::path> environment_folders() {
    const char* value = std::getenv("BFR_WEIGHTS");
    if (!value || !*value) return {};
    if (is_folder(value)) return {value};
    std::vector<fs::path> folders;
    for (const auto part : std::views::split(std::string_view(value), ':')) {
        if (!part.empty()) folders.emplace_back(std::string(part.begin(), part.end()));
    }
    return folders;
}

std::string identity_text(const KnownFile& known, const std::string& expected) {
    const std::string bytes = known.bytes ? fmt::format("{} bytes", *known.bytes) : "";
    const std::string hash = expected.empty()      ? ""
                             : is_sha256(expected) ? "sha256 " + expected
                                                   : fmt::format("a sha256 that begins with {}", expected);
    return bytes + (bytes.empty() || hash.empty() ? "" : ", ") + hash;
}

std::string fetch_command(const std::string& name) { return "bfr weights fetch " + name; }

std::string wrong_file(const KnownFile& known, const FileCheck& found) {
    const bool size_is_wrong = found.found.empty();
    const auto pin = known.sha256 || size_is_wrong || !is_sha256(found.expected) ? std::nullopt : read_pin(found.path);
    const std::string knower = pin ? "pin " + printable(pin->path) : "catalogue";
    const std::string text = fmt::format(
        "{}: is not the file that the {} knows ({}); remove it, then {}", printable(found.path), knower,
        identity_text(known, found.expected),
        comes_with_program(known) ? "take the one that comes with the program" : "run " + fetch_command(known.name));
    return pin ? text + "; or remove the pin where the file is right, to pin it as it is" : text;
}

}  // namespace

std::string sha256_of_weights(const fs::path& file) {
    static std::mutex mutex;
    static std::map<std::tuple<fs::path, uintmax_t, fs::file_time_type>, std::string> hashes;
    std::error_code code;
    const auto size = fs::file_size(file, code);
    const auto time = fs::last_write_time(file, code);
    if (code) return sha256_of_file(file);
    const std::tuple key{file, size, time};
    {
        const std::lock_guard lock(mutex);
        if (const auto known = hashes.find(key); known != hashes.end()) return known->second;
    }
    std::string hash = sha256_of_file(file);  // several files at once
    const std::lock_guard lock(mutex);
    return hashes.emplace(key, std::move(hash)).first->second;
}

fs::path user_weights_folder() {
    if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache && *cache) return fs::path(cache) / "bfr" / "weights";
    if (const char* home = std::getenv("HOME"); home && *home) return fs::path(home) / ".cache" / "bfr" / "weights";
    return {};
}

WeightsLocator::WeightsLocator(std::vector<fs::path> folders, Catalogue catalogue)
    : catalogue_(std::move(catalogue)), folders_(std::move(folders)) {
    for (const auto& folder : folders_) {
        if (!is_folder(folder)) throw UsageError(fmt::format("{}: is no folder of weights", printable(folder)));
    }
    for (auto& folder : environment_folders()) folders_.push_back(std::move(folder));
    if (auto cache = user_weights_folder(); !cache.empty()) folders_.push_back(std::move(cache));
    for (auto& bundled : bundled_weights_folders()) folders_.push_back(std::move(bundled));
}

std::optional<fs::path> WeightsLocator::missing_folder() const {
    for (auto& folder : environment_folders()) {
        if (!is_folder(folder)) return std::move(folder);
    }
    return std::nullopt;
}

std::optional<fs::path> WeightsLocator::path_of(const std::string& name) const {
    for (const auto& folder : folders_) {
        std::error_code code;
        if (fs::exists(folder / name, code)) return folder / name;
    }
    return std::nullopt;
}

FileCheck WeightsLocator::check(const std::string& name) const {
    const KnownFile& known = catalogue_.file(name);
    const auto path = path_of(name);
    if (!path) return {};
    FileCheck check{FileCheck::kWrong, *path, known.sha256.value_or(""), "", 0};
    const std::string digits = known_beginning(known);
    if (!known.sha256) {
        const auto pin = read_pin(*path);
        check.expected = pin && pin->sha256.starts_with(digits) ? pin->sha256 : digits;
    }
    std::error_code code;
    check.bytes = fs::file_size(*path, code);
    if (code) throw Error(fmt::format("{}: {}", printable(*path), code.message()));
    if (known.bytes && check.bytes != *known.bytes) return check;
    check.found = sha256_of_weights(*path);
    if (check.found == check.expected) {
        check.state = FileCheck::kRight;
    } else if (check.expected == digits && check.found.starts_with(digits)) {
        check.state = FileCheck::kUnpinned;
    }
    return check;
}

FoundFile WeightsLocator::find(const std::string& name) const {
    const FileCheck found = check(name);
    const KnownFile& known = catalogue_.file(name);
    switch (found.state) {
        case FileCheck::kUnpinned:
            // Another network's file is left to the unit, which refuses it and says why.
            if (other_network(name, found.path).empty()) write_pin(found.path, found.found);
            break;
        case FileCheck::kRight:
            break;
        case FileCheck::kWrong:
            throw Error(wrong_file(known, found));
        case FileCheck::kMissing:
            require_weights(*this, {name});
            return find(name);  // it has come meanwhile
    }
    WeightsUse use{name, found.found, found.bytes, !known.sha256};
    use.name_digits = known_beginning(known);
    return {found.path, std::move(use)};
}

}  // namespace bfr

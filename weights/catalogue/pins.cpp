#include "weights/catalogue/pins.h"

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "weights/catalogue/catalogue.h"

namespace bfr {
namespace fs = std::filesystem;

namespace {

std::vector<fs::path> places(const fs::path& file) {
    const std::string name = file.filename().native() + ".sha256";
    std::vector<fs::path> all = {file.parent_path() / name};
    if (const fs::path folder = user_weights_folder(); !folder.empty())
        all.push_back(folder.parent_path() / "pins" / name);
    return all;
}

}  // namespace

std::string name_digits(std::string_view name) {
    constexpr size_t kLeast = 8;
    for (size_t hyphen = name.find('-'); hyphen != std::string_view::npos; hyphen = name.find('-', hyphen + 1)) {
        const size_t end = std::min(name.find_first_not_of("0123456789abcdef", hyphen + 1), name.size());
        if (end < name.size() && name[end] == '.' && end - hyphen > kLeast)
            return std::string(name.substr(hyphen + 1, end - hyphen - 1));
    }
    return "";
}

std::string known_beginning(const KnownFile& file) {
    const bool built_in = std::ranges::any_of(built_in_files(), [&](const auto& one) { return one.name == file.name; });
    return built_in && !file.sha256 ? name_digits(file.name) : "";
}

bool is_sha256(std::string_view text) {
    return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::optional<Pin> read_pin(const fs::path& file) {
    for (const auto& place : places(file)) {
        std::error_code code;
        if (!fs::exists(place, code)) continue;
        const std::string text = read_text(place, 4096);
        const std::string hash = text.substr(0, 64), rest = "  " + file.filename().native();
        if (!is_sha256(hash) || (text.substr(64) != rest && text.substr(64) != rest + "\n")) {
            throw Error(fmt::format("{}: is no pin ('SHA256  {}'); remove it to pin the file as it is now",
                                    printable(place), printable(file.filename())));
        }
        return Pin{hash, place};
    }
    return std::nullopt;
}

void write_pin(const fs::path& file, const std::string& sha256) {
    std::string failures;
    for (const auto& place : places(file)) {
        try {
            return write_text(place, sha256 + "  " + file.filename().native() + "\n");
        } catch (const Error& error) {
            failures += (failures.empty() ? "" : "; ") + std::string(error.what());
        }
    }
    throw Error(fmt::format("{}: its hash can't be pinned ({})", printable(file), failures));
}

}  // namespace bfr

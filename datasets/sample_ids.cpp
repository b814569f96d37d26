#include "datasets/sample_ids.h"

#include <algorithm>
#include <array>
#include <climits>

#include "base/error.h"
#include "base/files.h"
#include "datasets/sample.h"

namespace bfr {
namespace {

constexpr std::array<std::string_view, 7> kExtensions = {".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp"};
constexpr std::string_view kPlace = "{id}";

// The last extension with its dot, in lower case; empty where there is none.
std::string extension_of(std::string_view name) {
    const size_t dot = name.rfind('.');
    if (dot == std::string_view::npos || dot == 0) return {};
    std::string extension(name.substr(dot));
    for (char& c : extension) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return extension;
}

}  // namespace

const std::string_view kPictureExtensions = "*.png, *.jpg, *.jpeg, *.webp, *.tif, *.tiff, *.bmp";

bool is_picture_name(std::string_view file_name) {
    return std::find(kExtensions.begin(), kExtensions.end(), extension_of(file_name)) != kExtensions.end();
}

std::string_view stem_of(std::string_view file_name) {
    return file_name.substr(0, file_name.size() - extension_of(file_name).size());
}

std::string id_problem(std::string_view id) {
    if (!is_utf8(id)) return "it is not UTF-8";
    if (id.find('\0') != std::string_view::npos) return "it holds a zero byte";
    for (size_t begin = 0; begin <= id.size();) {
        const size_t end = std::min(id.find('/', begin), id.size());
        const auto part = id.substr(begin, end - begin);
        if (part.empty()) return begin == 0 && !id.empty() ? "it begins with '/'" : "a part of it is empty";
        if (part == "..") return "it leaves its folder by '..'";
        if (part.front() == '.') return "a part of it begins with a dot";
        begin = end + 1;
    }
    return {};
}

IdPattern::IdPattern(const std::string& text) : text_(text) {
    const size_t at = text.find(kPlace);
    if (at == std::string::npos || text.find(kPlace, at + 1) != std::string::npos ||
        text.find('/') != std::string::npos) {
        throw UsageError(fmt::format(
            "pattern '{}': must be a file's name that holds {{id}} once, such as {{id}} or {{id}}_00", text));
    }
    before_ = text.substr(0, at);
    after_ = text.substr(at + kPlace.size());
    if (is_picture_name("x" + after_)) {
        extension_ = extension_of("x" + after_);
        after_.resize(after_.size() - extension_.size());
    }
}

std::optional<std::string> IdPattern::id_in(std::string_view file_name) const {
    const auto stem = stem_of(file_name);
    if (!extension_.empty() && extension_of(file_name) != extension_) return std::nullopt;
    if (stem.size() <= before_.size() + after_.size() || !stem.starts_with(before_) || !stem.ends_with(after_)) {
        return std::nullopt;
    }
    return std::string(stem.substr(before_.size(), stem.size() - before_.size() - after_.size()));
}

std::filesystem::path path_of_id(const std::filesystem::path& folder, const std::string& id,
                                 const std::string& extension) {
    if (const auto problem = id_problem(id); !problem.empty()) {
        throw Error(fmt::format("the id '{}' can't be a file below {}: {}", printable(id), printable(folder), problem));
    }
    std::filesystem::path path = folder / (id + extension);
    size_t part = 0;
    for (const auto& name : std::filesystem::path(id + extension)) part = std::max(part, name.native().size());
    if (part > NAME_MAX || path.native().size() >= PATH_MAX) {
        throw Error(fmt::format(
            "the id '{}' is too long for a file's name: {} bytes of at most {}, {} with its folder of at most {}",
            printable(id), part, NAME_MAX, path.native().size(), PATH_MAX - 1));
    }
    return path;
}

}  // namespace bfr

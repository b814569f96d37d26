#include "reports/extras.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/files.h"

namespace bfr {
namespace {

// Without a further dot in it, ID.NAME tells ID and NAME apart, whatever dots the id has.
bool is_name(const std::string& name) {
    const size_t dot = name.find('.');
    return dot != 0 && dot != std::string::npos && dot + 1 < name.size() &&
           std::ranges::all_of(name, [&](const char& c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || &c == &name[dot];
           });
}

}  // namespace

void check_extras(const RestorerInfo& info, const std::vector<Extra>& extras) {
    std::vector<std::string> names;
    for (const auto& extra : extras) names.push_back(extra.name);
    BFR_CHECK(names == info.extras, "{} left {} beside its picture, not {}", info.label, fmt::join(names, ", "),
              fmt::join(info.extras, ", "));
    BFR_CHECK(std::set(names.begin(), names.end()).size() == names.size(), "two of {}", fmt::join(names, ", "));
    for (const auto& name : names) BFR_CHECK(is_name(name), "'{}' is no name for a file beside a picture", name);
}

void write_content(const FileContent& content, const std::filesystem::path& path) {
    if (const auto* image = std::get_if<ImagePtr>(&content)) {
        save_png(**image, path);
    } else {
        write_file(path, std::get<std::vector<unsigned char>>(content));
    }
}

}  // namespace bfr

#include "reports/differences.h"

#include <fmt/format.h>

#include <vector>

namespace bfr {
namespace {

constexpr size_t kMost = 10;

std::string short_dump(const Json& json) {
    const std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
    return text.size() <= 100 ? text : text.substr(0, 100) + "...";
}

void collect(const Json& there, const Json& now, const std::string& at, std::vector<std::string>& found) {
    if (there == now) return;
    if (!there.is_object() || !now.is_object()) {
        found.push_back(fmt::format("{}: {} there, {} now", at, short_dump(there), short_dump(now)));
        return;
    }
    const std::string prefix = at.empty() ? "" : at + ".";
    for (const auto& [key, value] : there.items()) {
        if (now.contains(key)) {
            collect(value, now[key], prefix + key, found);
        } else {
            found.push_back(fmt::format("{}{} is only there", prefix, key));
        }
    }
    for (const auto& [key, value] : now.items()) {
        if (!there.contains(key)) found.push_back(fmt::format("{}{} is new", prefix, key));
    }
}

}  // namespace

std::string difference_list(const Json& there, const Json& now) {
    std::vector<std::string> found;
    collect(there, now, "", found);
    std::string list;
    for (size_t i = 0; i < found.size() && i < kMost; i++) list += "\n  " + found[i];
    if (found.size() > kMost) list += fmt::format("\n  and {} more", found.size() - kMost);
    return list;
}

}  // namespace bfr

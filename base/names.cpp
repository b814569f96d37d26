#include "base/names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/sha256.h"

namespace bfr {
namespace {

// Damerau-Levenshtein (optimal string alignment): a swap of neighbours, the commonest slip, counts one.
size_t distance(std::string_view a, std::string_view b) {
    std::vector<size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
    std::iota(last.begin(), last.end(), size_t{0});
    for (size_t i = 1; i <= a.size(); i++) {
        row[0] = i;
        for (size_t j = 1; j <= b.size(); j++) {
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
        std::swap(before, last);
        std::swap(last, row);
    }
    return last[b.size()];
}

std::string lower_case(std::string_view text) {
    std::string lower(text);
    for (char& c : lower) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return lower;
}

}  // namespace

std::vector<std::string> near_names(std::string_view given, std::span<const std::string> known) {
    std::vector<std::pair<size_t, std::string>> near;
    const std::string wanted = lower_case(given);
    for (const auto& name : known) {
        const std::string lower = lower_case(name);
        const size_t d = distance(wanted, lower);
        const bool prefix = given.size() >= 3 && lower.starts_with(wanted);
        if (d <= std::max<size_t>(1, given.size() / 3) || prefix) near.emplace_back(prefix ? 1 : d, name);
    }
    std::stable_sort(near.begin(), near.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    if (near.size() > 3) near.resize(3);
    std::vector<std::string> names;
    for (auto& [d, name] : near) names.push_back(std::move(name));
    return names;
}

std::string unknown_name(std::string_view kind, std::string_view given, std::span<const std::string> known) {
    const auto near = near_names(given, known);
    if (!near.empty()) return fmt::format("unknown {} '{}'; did you mean {}?", kind, given, fmt::join(near, " or "));
    return fmt::format("unknown {} '{}'; known: {}", kind, given, fmt::join(known, ", "));
}

std::string file_slug(const std::string& text) {
    constexpr size_t kLongest = 100;
    std::string slug;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                           ((c == '.' || c == '-') && !slug.empty());
        slug += plain ? c : '_';
    }
    if (slug == text && !slug.empty() && slug.size() <= kLongest) return slug;
    return slug.substr(0, kLongest) + "-" + sha256(std::string_view(text)).substr(0, 8);
}

}  // namespace bfr

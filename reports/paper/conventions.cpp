#include "reports/paper/conventions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/spec.h"
#include "downstream/task.h"
#include "metrics/metric.h"

namespace bfr {

namespace {

std::string lower(std::string text) {
    for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    return text;
}

// What is left of a title for an eye that passes over case, blanks and signs.
std::string at_a_glance(const std::string& title) {
    std::string text = lower(title);
    std::erase_if(text, [](char c) {
        return static_cast<unsigned char>(c) < 0x80 && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9');
    });
    return text;
}

std::optional<Spec> spec_of(const std::string& label) {
    try {
        return Spec::parse(label);
    } catch (const UsageError&) {  // a label that is none
        return std::nullopt;
    }
}

struct Convention {
    std::string name;
    bool usual = true;  // the unit's default
};

// The unit's option `convention`; none where it has no such option, or is of another version of this program.
std::optional<Convention> convention_of(const std::string& unit) {
    const auto spec = spec_of(unit);
    if (!spec || !metrics().find(spec->name())) return std::nullopt;
    try {
        const auto options = metrics().read_options(*spec);
        const auto usual = metrics().read_options(Spec(spec->name()));
        const auto found = options.find("convention"), other = usual.find("convention");
        if (found == options.end() || other == usual.end()) return std::nullopt;
        return Convention{found->second, found->second == other->second};
    } catch (const Error&) {
        return std::nullopt;
    }
}

bool hides(const Column& column, const Convention& convention) {
    return column.own_title && lower(column.title).find(lower(convention.name)) == std::string::npos;
}

void add_rows(const Table& table, bool of_set, std::vector<Mixture>& found) {
    std::vector<size_t> places;
    std::vector<std::string> names, said;
    bool hidden = false;
    for (size_t i = 0; i < table.columns.size(); i++) {
        const Column& column = table.columns[i];
        if (column.unit.empty() || column.of_set != of_set) continue;
        const auto convention = convention_of(column.unit);
        if (!convention) continue;
        places.push_back(i);
        names.push_back(convention->name);
        said.push_back(fmt::format("'{}' is {} ({})", column.title, column.unit, convention->name));
        hidden = hidden || (!convention->usual && hides(column, *convention));
    }
    const bool mixed = std::ranges::any_of(names, [&](const std::string& name) { return name != names.front(); });
    if (hidden && mixed)
        found.push_back(
            {places, fmt::format("the rows mix conventions, which the titles don't say: {}", fmt::join(said, ", "))});
}

void add_columns(const Table& table, std::vector<Mixture>& found) {
    for (size_t i = 0; i < table.columns.size(); i++) {
        const Column& one = table.columns[i];
        if (one.unit.empty()) continue;
        for (size_t k = 0; k < i; k++) {
            const Column& other = table.columns[k];
            const std::string title = at_a_glance(one.title);
            if (other.unit.empty() || other.unit == one.unit || !(one.own_title || other.own_title) || title.empty() ||
                title != at_a_glance(other.title))
                continue;
            found.push_back({{k, i},
                             fmt::format("'{}' and '{}' are read as one title, and are of {} and {}", other.title,
                                         one.title, other.unit, one.unit)});
        }
        if (!one.own_title) continue;
        const auto named = spec_of(one.title);
        if (!named || (!metrics().find(named->name()) && !tasks().find(named->name()))) continue;
        const auto own = spec_of(one.unit);
        if (own && own->canonical() == named->canonical()) continue;
        found.push_back({{i}, fmt::format("'{}' is the name of another unit than {}", one.title, one.unit)});
    }
}

}  // namespace

std::vector<Mixture> mixtures_of(const Table& table) {
    std::vector<Mixture> found;
    add_columns(table, found);
    for (const bool of_set : {false, true}) add_rows(table, of_set, found);
    return found;
}

std::string unit_as_titled(const Table& table, const std::string& unit) {
    std::vector<std::string> titles;
    for (const Column& column : table.columns)
        if (column.unit == unit && column.own_title) titles.push_back(column.title);
    return titles.empty() ? unit : fmt::format("{} ({})", fmt::join(titles, ", "), unit);
}

}  // namespace bfr

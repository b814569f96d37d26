#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/names.h"
#include "reports/compare/choice.h"
#include "reports/paper/selection.h"
#include "reports/read.h"
#include "reports/text.h"

namespace bfr {
namespace {

std::string weights_text(const Json& unit) {
    std::vector<std::string> files;
    for (const Json& file : member(unit, "weights"))
        files.push_back(text_of(file, "file") + " " + short_hash(text_of(file, "sha256")));
    std::ranges::sort(files);
    return files.empty() ? "none" : fmt::format("{}", fmt::join(files, ", "));
}

// Hashes alone: the same file may be called otherwise.
std::multiset<std::string> weights_of(const Json& unit) {
    std::multiset<std::string> hashes;
    for (const Json& file : member(unit, "weights")) hashes.insert(text_of(file, "sha256"));
    return hashes;
}

// What one report says of a value.
struct Described {
    const Json* unit;
    const Json* info;
    bool of_set;
};

template <class Use>
void each_value(const Json& report, const Use& use) {
    for (const Json& unit : member(report, "units")) {
        if (!flag_of(unit, "available", true)) continue;
        for (const bool of_set : {false, true})
            for (const Json& info : member(unit, of_set ? "set_values" : "values"))
                if (!text_of(info, "name").empty()) use(Described{&unit, &info, of_set});
    }
}

ComparedValue value_of(const Described& described) {
    ComparedValue value;
    value.info = {text_of(*described.info, "name"), text_of(*described.info, "unit"), direction_of(*described.info),
                  text_of(*described.info, "summary"), decimals_of(*described.info)};
    value.of_set = described.of_set;
    value.unit = *described.unit;
    for (const char* key : {"values", "set_values"}) value.unit[key] = Json::array();
    value.unit[described.of_set ? "set_values" : "values"].push_back(*described.info);
    return value;
}

std::string conflict(const ComparedValue& value, const std::string& in_first, const Described& other,
                     const std::string& in_other) {
    const std::string of_unit = difference_of_units(value.unit, in_first, *other.unit, in_other);
    if (!of_unit.empty()) return of_unit;
    if (value.of_set != other.of_set)
        return fmt::format("it is of single samples in one of {} and {}, and of the whole set in the other", in_first,
                           in_other);
    if (value.info.direction != direction_of(*other.info))
        return fmt::format("what is better differs between {} and {}", in_first, in_other);
    if (value.info.unit != text_of(*other.info, "unit"))
        return fmt::format("measured in '{}' in {}, in '{}' in {}", value.info.unit, in_first,
                           text_of(*other.info, "unit"), in_other);
    return "";
}

}  // namespace

std::string difference_of_units(const Json& a, const std::string& in_a, const Json& b, const std::string& in_b) {
    for (const char* key : {"version", "convention"})
        if (const std::string mine = text_of(a, key), other = text_of(b, key); mine != other)
            return fmt::format("{} '{}' in {}, '{}' in {}", key, mine, in_a, other, in_b);
    if (weights_of(a) != weights_of(b))
        return fmt::format("weights {} in {}, {} in {}", weights_text(a), in_a, weights_text(b), in_b);
    return "";
}

std::vector<std::string> value_names(const std::vector<ComparedReport>& reports) {
    std::vector<std::string> names;
    for (const ComparedReport& one : reports)
        each_value(one.report, [&](const Described& value) {
            const std::string name = text_of(*value.info, "name");
            if (std::ranges::find(names, name) == names.end()) names.push_back(name);
        });
    return names;
}

std::vector<ComparedValue> compared_values(const std::vector<ComparedReport>& reports,
                                           const std::vector<ComparedRow>& rows, const std::vector<std::string>& values,
                                           const std::vector<std::string>& needed) {
    const std::vector<std::string> names = value_names(reports);
    std::set<std::string> chosen;
    for (const std::string& wanted : values) {
        if (std::ranges::find(names, wanted) != names.end()) {
            chosen.insert(wanted);
            continue;
        }
        const size_t before = chosen.size();
        for (const std::string& name : names)
            if (means_column(wanted, name)) chosen.insert(name);
        if (chosen.size() == before) throw UsageError(unknown_name("value", wanted, names));
    }
    std::vector<ComparedValue> all;
    std::vector<size_t> first_report;  // of each, where it was found
    std::set<size_t> used;
    for (const ComparedRow& row : rows) used.insert(row.report);
    for (const size_t i : used) {
        each_value(reports[i].report, [&](const Described& described) {
            const std::string name = text_of(*described.info, "name");
            const bool is_chosen = values.empty() || chosen.contains(name);
            if (!is_chosen && std::ranges::find(needed, name) == needed.end()) return;
            const auto found =
                std::ranges::find_if(all, [&](const ComparedValue& value) { return value.info.name == name; });
            if (found == all.end()) {
                all.push_back(value_of(described));
                all.back().chosen = is_chosen;
                first_report.push_back(i);
            } else if (found->conflict.empty()) {
                const size_t first = first_report[static_cast<size_t>(found - all.begin())];
                if (first != i) found->conflict = conflict(*found, reports[first].name, described, reports[i].name);
            }
        });
    }
    return all;
}

}  // namespace bfr

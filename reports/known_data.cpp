#include "reports/known_data.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "reports/read.h"

namespace bfr {
namespace {

// One data set, or a part of it ("LFW (test people)") and the whole; two parts share nobody.
bool share_people(const std::string& a, const std::string& b) {
    return a == b || a.starts_with(b + " (") || b.starts_with(a + " (");
}

// A unit that was trained on people of the set, in words; empty where none of them is known to be.
std::string warning_of(const Json& unit, const Json& role, const Json& recognised) {
    std::vector<std::string> shared;
    for (const Json& name : member(unit, "trained_on")) {
        const bool shares = std::ranges::any_of(member(recognised, "people_of"), [&](const Json& people) {
            return name.is_string() && people.is_string() &&
                   share_people(name.get<std::string>(), people.get<std::string>());
        });
        if (shares) shared.push_back(name.get<std::string>());
    }
    if (shared.empty()) return "";
    const std::string differences = text_of(recognised, "differences");
    return fmt::format("trained on people of {}, and the {} folder {} {}{}: it may have seen these people before",
                       fmt::join(shared, ", "), text_of(role, "role"), text_of(recognised, "certainty"),
                       text_of(recognised, "name"), differences.empty() ? "" : " (" + differences + ")");
}

}  // namespace

Json describe_set(const std::string& role, const std::vector<ListedFile>& files) {
    Json recognised = Json::array();
    for (const auto& one : recognise(files, known_sets())) {
        recognised.push_back({{"name", one.set->name},
                              {"certainty", words_of(one.certainty)},
                              {"differences", one.differences.empty() ? Json() : Json(one.differences)},
                              {"people_of", one.set->people_of}});
    }
    return {{"role", role}, {"n", files.size()}, {"list_sha256", list_sha256(files)}, {"recognised", recognised}};
}

Json training_warnings(const Json& sets, const Json& methods, const Json& units) {
    Json warnings = Json::array();
    std::set<std::pair<std::string, std::string>> told;  // a set that is recognised in both folders is told of once
    for (const Json* kind : {&methods, &units}) {
        for (const Json& unit : *kind) {
            for (const Json& role : sets) {
                for (const Json& recognised : member(role, "recognised")) {
                    const std::string label = text_of(unit, "label"), text = warning_of(unit, role, recognised);
                    if (text.empty() || !told.insert({label, text_of(recognised, "name")}).second) continue;
                    warnings.push_back({{"about", label}, {"text", text}});
                }
            }
        }
    }
    return warnings;
}

}  // namespace bfr

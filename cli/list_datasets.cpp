#include "cli/list_datasets.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "base/error.h"
#include "base/names.h"
#include "datasets/known_sets.h"

namespace bfr {
namespace {

std::string field(const std::string& name, const std::string& text) {
    return text.empty() ? "" : fmt::format("{:14}{}\n", name, text);
}

}  // namespace

std::string list_known_sets(const std::string& wanted) {
    std::string text;
    std::vector<std::string> names;
    for (const auto& set : known_sets()) {
        names.push_back(set.name);
        const std::string counts = fmt::format("{}", fmt::join(set.counts, " or "));
        if (wanted.empty()) text += fmt::format("{:30}{:12}{:17}{}\n", set.name, counts, set.kind, set.degraded_by);
        if (set.name != wanted) continue;
        return field("name", set.name) + field("pictures", counts) + field("kind", set.kind) +
               field("size", set.side > 0 ? fmt::format("{0}x{0}", set.side) : "not known") +
               field("degraded by", set.degraded_by) + field("source", set.source) + field("citation", set.citation) +
               field("licence", set.licence) +
               field("people of",
                     set.people_of.empty() ? "not known" : fmt::format("{}", fmt::join(set.people_of, ", "))) +
               field("list sha256", set.list_sha256.empty() ? "not known" : set.list_sha256) + field("note", set.note);
    }
    if (!wanted.empty()) throw UsageError(unknown_name("data set", wanted, names));
    return text;
}

}  // namespace bfr

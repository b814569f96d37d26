#include "reports/papers/data_status.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "base/json.h"
#include "reports/read.h"
#include "reports/text.h"

namespace bfr {

namespace {

std::string expected_text(const PublishedData& data) {
    std::vector<std::string> parts;
    if (!data.inputs.empty()) parts.push_back("inputs: " + data.inputs);
    parts.push_back(data.n ? count_text(*data.n, "picture") : "how many pictures isn't said");
    return fmt::format("{} ({})", data.name, fmt::join(parts, "; "));
}

DataStatus status_of_pictures(const Json& report, const PublishedData& data, bool same_data) {
    const Json& sets = member(member(report, "data"), "sets");
    const Json* role = nullptr;
    for (const Json& one : sets)
        if (!role || text_of(one, "role") == "degraded") role = &one;
    std::string certainty, differences;
    std::vector<std::string> names;
    bool recognised = false;
    for (const Json& one : role ? member(*role, "recognised") : Json()) {
        names.push_back(text_of(one, "name"));
        certainty = text_of(one, "certainty");
        if (names.back() != data.set || data.set.empty()) continue;
        recognised = true;
        differences = text_of(one, "differences");
    }
    const std::string expected = expected_text(data);
    const std::string folder = role ? text_of(*role, "role") + " folder" : "data";
    const std::string seen = names.empty() ? "no set that bfr knows" : fmt::format("{}", fmt::join(names, " or "));
    if (recognised && certainty == "is") {
        return {"is", fmt::format("the {} is {}, by its hash; the table is of {}", folder, seen, expected), true};
    }
    if (same_data) {
        return {"said",
                fmt::format("that the pictures are {} is the word of whoever made this report; the {} {} {}", expected,
                            folder, names.empty() ? "is" : certainty, seen),
                true};
    }
    if (recognised && certainty == "looks like") {
        return {
            "looks like",
            fmt::format("the {} looks like {}{}, by names and number; that it is {} nobody can prove, as no hash of "
                        "it is published",
                        folder, seen, differences.empty() ? "" : " (" + differences + ")", expected),
            true};
    }
    return {"differs",
            fmt::format("the table is of {}, and the {} {} {}{}: numbers of different pictures can't be compared",
                        expected, folder, names.empty() ? "is" : certainty, seen,
                        differences.empty() ? "" : " (" + differences + ")"),
            false};
}

}  // namespace

// A part of the set is another set.
DataStatus status_of(const Json& report, const PublishedData& data, bool same_data) {
    DataStatus status = status_of_pictures(report, data, same_data);
    const uint64_t n = count_of(member(report, "data"), "n");
    if (!status.may_compare || !data.n || n == *data.n) return status;
    status.about += fmt::format("; the run is over {}, the table over {}", count_text(n, "sample"), *data.n);
    status.may_compare = false;
    return status;
}

}  // namespace bfr
